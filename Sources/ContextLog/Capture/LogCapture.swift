package import ContextPropagation
import Synchronization

/// Takes the lines of one test before the backend does: those that are logged where it is bound, and those of one
/// trace.
///
/// It is a task-local that travels with every ``ContextSnapshot``, so tests that run side by side each get their own
/// lines. While nothing is captured nobody looks at it.
package final class LogCapture: Sendable {
    private let level: LogLevel
    private let traceID: TraceID?
    private let take: @Sendable (borrowing Log.Event) -> Void
    private let isActive = Atomic(true)
    /// The capture inside of which this one was made: it gets the lines as well.
    private let outer: LogCapture?

    @TaskLocal private static var current: LogCapture?

    /// - Parameters:
    ///   - level: Lines below are left alone; those from it on are taken whatever the levels of the process say.
    ///   - traceID: A trace all of whose lines are taken too, wherever they are logged.
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

    /// Whether a line of this level, logged here, is captured.
    static func takes(_ level: LogLevel) -> Bool {
        var isTaken = false
        forEach(taking: level) { _ in isTaken = true }
        return isTaken
    }

    /// Gives the event, logged here, to the captures that take it. False where there is none.
    static func take(_ event: borrowing Log.Event) -> Bool {
        var isTaken = false
        forEach(taking: event.level) { capture in
            capture.take(event)
            isTaken = true
        }
        return isTaken
    }

    /// The captures around this place, from the inside out; where none of them takes it, that of the trace and those
    /// around it.
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

    /// Runs `body` outside of every capture around it.
    package static func outside<Result>(_ body: () throws -> Result) rethrows -> Result {
        try $current.withValue(nil, operation: body)
    }

    /// Has every snapshot carry the capture; once is enough.
    static let isRegistered = ContextSnapshot.register(
        "ma-logger.capture",
        capturing: { _ in LogCaptures.isCapturing ? current : nil },
        run: { capture, body in $current.withValue(capture) { body() } },
        runAsync: { capture, body in await $current.withValue(capture) { await body() } }
    )

    fileprivate func end() { isActive.store(false, ordering: .releasing) }

    fileprivate var trace: TraceID? { traceID }
}

/// The captures that are under way.
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
            if let trace = capture.trace { state.ofTraces[trace] = capture }
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
            if let trace = capture.trace, state.ofTraces[trace] === capture { state.ofTraces[trace] = nil }
            state.count -= 1
            count.store(state.count, ordering: .relaxed)
            guard state.count == 0 else { return }
            LogRegistry.setCapturing(false)
            LogBackends.setCapturing(false)
        }
    }
}

extension Log {
    /// Whether a line is let through while some test captures lines.
    @inline(never)
    @usableFromInline
    func _isEnabledWhileCapturing(_ level: LogLevel) -> Bool {
        level >= self.level || LogCapture.takes(level)
    }
}

/// Stands before the backend while lines are captured.
final class CapturingBackend: LogBackend {
    private let backend: any LogBackend

    init(_ backend: any LogBackend) {
        self.backend = backend
    }

    func log(_ event: borrowing Log.Event) {
        if !LogCapture.take(event) { backend.log(event) }
    }
}
