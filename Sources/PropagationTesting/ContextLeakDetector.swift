public import ContextPropagation
public import Dispatch

/// Finds workers that keep a context after the job that brought it: their next lines would carry the wrong IDs.
///
/// Clean is what has no context but that of the process. Make a detector before the work is submitted: from then on
/// every snapshot that the bridges of ContextPropagation take knows its place in the source, and a leak is named by it.
///
///     let detector = ContextLeakDetector()
///     queue.propagatingContext.async { decode(frame) }
///     try await detector.check(queue)                 // throws when the queue's next block finds a context
public struct ContextLeakDetector: Sendable {
    @TaskLocal private static var place: CapturePlace?

    /// Has every snapshot carry its place; once in a process is enough.
    private static let isRegistered = ContextSnapshot.register(
        "ma-logger.capture-place",
        capturing: { $0 },
        run: { place, body in $place.withValue(place) { body() } },
        runAsync: { place, body in await $place.withValue(place) { await body() } }
    )

    public init() {
        _ = Self.isRegistered
    }

    /// Throws when the code that calls it finds a context other than the process's. Call it where a worker is between
    /// two jobs: inside a job there is always a context, and in a ``WorkerPool``'s job a new one.
    ///
    /// - Throws: ``ContextLeak``, which names the place where what stayed behind was captured.
    public func check(fileID: StaticString = #fileID, line: UInt = #line) throws(ContextLeak) {
        let current = LogContext.current
        guard !current.isSame(as: .process) else { return }
        throw ContextLeak(
            context: current,
            capturedAt: Self.place?.description,
            place: "\(fileID):\(line)"
        )
    }

    /// Throws when a bare block finds a context other than the process's as the next one on `queue`: one that was bound
    /// around the whole of the queue's work, as by a main function that serves it inside of a scope.
    ///
    /// - Throws: ``ContextLeak``.
    public func check(_ queue: DispatchQueue, fileID: StaticString = #fileID, line: UInt = #line) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async {
                do throws(ContextLeak) {
                    try check(fileID: fileID, line: line)
                    continuation.resume()
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// A worker that is not clean.
public struct ContextLeak: Error, CustomStringConvertible {
    /// The context that stayed behind.
    public let context: LogContext
    /// Where it was captured: `Module/File.swift:12`; nil where no bridge brought it, or before there was a detector.
    public let capturedAt: String?
    /// Where the leak was found.
    public let place: String

    public var description: String {
        let origin = capturedAt.map { "captured at \($0)" } ?? "bound by no bridge"
        return "\(place) is not clean: \(context) stayed behind, \(origin)"
    }
}

extension LogContext {
    /// Whether it is the very context, not only one of the same identifiers.
    fileprivate func isSame(as other: LogContext) -> Bool { storage === other.storage }
}
