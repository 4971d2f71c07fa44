package import ContextPropagation
import Synchronization

/// Receives the lines of one test in place of the backend. It gets the lines of the code in which it is bound, and the
/// lines of one trace.
///
/// Every ``ContextSnapshot`` carries this task-local, so tests that run at the same time each get their own lines. A
/// line reads it only while a test captures lines.
package final class LogCapture: Sendable {
    private let level: LogLevel
    fileprivate let traceID: TraceID?
    private let take: @Sendable (borrowing Log.Event) -> Void
    private let isActive = Atomic(true)
    /// The capture around this one. It receives the same lines.
    private let outer: LogCapture?

    @TaskLocal private static var current: LogCapture?

    /// - Parameters:
    ///   - level: The lowest level to capture. Such lines are captured even if their level is off in the process.
    ///   - traceID: A trace. Its lines are captured on every thread.
    ///   - take: Receives each line, on the thread that logs it.
    package init(
        from level: LogLevel,
        ofTrace traceID: TraceID? = nil,
        _ take: @escaping @Sendable (borrowing Log.Event) -> Void
    ) {
        self.level = level
        self.traceID = traceID
        self.take = take
        outer = Self.current
    }

    package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        LogCaptures.begin(self)
        defer { LogCaptures.end(self) }
        return try Self.$current.withValue(self, operation: body)
    }

    package func run<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async rethrows -> Result {
        LogCaptures.begin(self)
        defer { LogCaptures.end(self) }
        return try await Self.$current.withValue(self, operation: body)
    }

    /// Whether a line of this level is captured if the caller logs it.
    static func takes(_ level: LogLevel) -> Bool {
        var isTaken = false
        forEach(taking: level) { _ in isTaken = true }
        return isTaken
    }

    /// The lowest level of which a line is captured if the caller logs it; nil if it is captured at no level.
    static var lowestLevel: LogLevel? { LogLevel.allCases.first(where: takes) }

    /// Sends an event to the captures that take it. Returns false if no capture takes it.
    static func take(_ event: borrowing Log.Event) -> Bool {
        var isTaken = false
        forEach(taking: event.level) { capture in
            capture.take(event)
            isTaken = true
        }
        return isTaken
    }

    /// Calls `body` with each capture that takes a line. These are the captures around the caller, from the innermost
    /// to the outermost. If none of them takes the line, it asks the capture of the current trace and the captures
    /// around that one.
    private static func forEach(taking level: LogLevel, _ body: (LogCapture) -> Void) {
        var isTaken = false
        func offer(from innermost: LogCapture?) {
            var capture = innermost
            while let inner = capture {
                if inner.isActive.load(ordering: .acquiring), level >= inner.level {
                    body(inner)
                    isTaken = true
                }
                capture = inner.outer
            }
        }
        offer(from: current)
        if !isTaken, let traceID = LogContext.current.traceID { offer(from: LogCaptures.ofTrace(traceID)) }
    }

    /// Runs `body` outside of every capture.
    package static func outside<Result>(_ body: () throws -> Result) rethrows -> Result {
        try $current.withValue(nil, operation: body)
    }

    /// Makes every snapshot carry the capture. Code reads this constant once to register it.
    static let isRegistered = ContextSnapshot.register(
        "ma-logger.capture",
        capturing: { _ in LogCaptures.isCapturing ? current : nil },
        run: { capture, body in $current.withValue(capture) { body() } },
        runAsync: { capture, body in await $current.withValue(capture) { await body() } }
    )

    fileprivate func end() { isActive.store(false, ordering: .releasing) }
}

/// The captures that have not ended.
enum LogCaptures {
    private struct State {
        var count = 0
        var ofTraces: [TraceID: LogCapture] = [:]
    }

    private static let state = Mutex(State())
    private static let count = Atomic(0)

    static var isCapturing: Bool { count.load(ordering: .relaxed) > 0 }

    static func ofTrace(_ traceID: TraceID) -> LogCapture? {
        state.withLock { $0.ofTraces[traceID] }
    }

    fileprivate static func begin(_ capture: LogCapture) {
        _ = LogCapture.isRegistered
        state.withLock { state in
            if let traceID = capture.traceID { state.ofTraces[traceID] = capture }
            state.count += 1
            count.store(state.count, ordering: .relaxed)
            guard state.count == 1 else { return }
            LogBackends.setCapturing(true)
            LogRegistry.setCapturing(true)
        }
    }

    fileprivate static func end(_ capture: LogCapture) {
        capture.end()
        state.withLock { state in
            if let traceID = capture.traceID, state.ofTraces[traceID] === capture { state.ofTraces[traceID] = nil }
            state.count -= 1
            count.store(state.count, ordering: .relaxed)
            guard state.count == 0 else { return }
            LogRegistry.setCapturing(false)
            LogBackends.setCapturing(false)
        }
    }
}

extension Log {
    /// Whether a line is logged or captured. It is called only while a test captures lines.
    @inline(never)
    @usableFromInline
    func _isEnabledWhileCapturing(_ level: LogLevel) -> Bool {
        level >= self.level || LogCapture.takes(level)
    }
}

/// Stands in front of the backend while a test captures lines.
final class CapturingBackend: LogBackend {
    private let backend: any LogBackend

    init(_ backend: any LogBackend) {
        self.backend = backend
    }

    func log(_ event: borrowing Log.Event) {
        if !LogCapture.take(event) { backend.log(event) }
    }
}
