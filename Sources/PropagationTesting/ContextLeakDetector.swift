public import ContextPropagation
public import Dispatch

/// Finds workers that keep a job's context after the job has ended. The next lines of such a worker carry wrong IDs.
///
/// A worker is clean if its context is the context of the process. Make a detector before you submit the work. From
/// then on every snapshot of a bridge of ContextPropagation records its place in the source, and the error names that
/// place.
///
///     let detector = ContextLeakDetector()
///     queue.propagatingContext.async { decode(frame) }
///     try await detector.check(queue)                 // throws when the queue's next block finds a context
public struct ContextLeakDetector: Sendable {
    @TaskLocal private static var place: CapturePlace?

    /// Makes every snapshot carry its place in the source. A process registers this once.
    private static let isRegistered = ContextSnapshot.register(
        "ma-logger.capture-place",
        capturing: { $0 },
        run: { place, body in $place.withValue(place) { body() } },
        runAsync: { place, body in await $place.withValue(place) { await body() } }
    )

    /// Makes the snapshots that are taken from now on record their place in the source.
    public init() {
        _ = Self.isRegistered
    }

    /// Throws if the calling code runs in a context other than the context of the process.
    ///
    /// Call it on a worker between two jobs. Inside a job it always throws, because a job has a context.
    ///
    /// - Parameters:
    ///   - fileID: The source file of the call. The error names it. Keep the default.
    ///   - line: The line of the call. Keep the default.
    /// - Throws: ``ContextLeak``, which names the place where the leaked context was captured.
    public func check(fileID: StaticString = #fileID, line: UInt = #line) throws(ContextLeak) {
        let current = LogContext.current
        guard !current.isSame(as: .process) else { return }
        throw ContextLeak(
            context: current,
            capturedAt: Self.place?.description,
            place: "\(fileID):\(line)"
        )
    }

    /// Throws if the next block on `queue` runs in a context other than the context of the process.
    ///
    /// This happens if a thread serves the queue inside a scope, for example a main function that calls
    /// `dispatchMain()` there.
    ///
    /// - Parameters:
    ///   - queue: The queue to check. A suspended queue makes the call wait.
    ///   - fileID: The source file of the call. The error names it. Keep the default.
    ///   - line: The line of the call. Keep the default.
    /// - Throws: ``ContextLeak``, which names the place where the leaked context was captured.
    public func check(
        _ queue: DispatchQueue,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) async throws(ContextLeak) {
        typealias Outcome = Result<Void, ContextLeak>
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Outcome, Never>) in
            queue.async {
                do throws(ContextLeak) {
                    try check(fileID: fileID, line: line)
                    continuation.resume(returning: .success(()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        try result.get()
    }
}

/// The error for a worker that kept the context of an earlier job.
public struct ContextLeak: Error, CustomStringConvertible {
    /// The context that the worker kept.
    public let context: LogContext
    /// The place where a bridge captured the context, such as `Module/File.swift:12`. It is nil if no bridge passed the
    /// context on, or if the bridge captured it before a detector was made.
    public let capturedAt: String?
    /// The place of the check that found the leak, such as `Module/File.swift:12`.
    public let place: String

    public var description: String {
        let origin = capturedAt.map { "a bridge captured it at \($0)" } ?? "no bridge captured it"
        return "\(place): the worker kept the context \(context) of an earlier job; \(origin)"
    }
}

extension LogContext {
    /// Whether both are the same context object. Two contexts with equal identifiers may be different objects.
    fileprivate func isSame(as other: LogContext) -> Bool { storage === other.storage }
}
