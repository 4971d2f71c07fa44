internal import ContextLog
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

/// Passes librdkafka's own lines to the log backend, on one separate thread.
///
/// librdkafka forbids calls of its functions in its log callback, and a backend that ships lines to Kafka makes such
/// calls. A slow backend would also delay the connections to the brokers.
final class LibrdkafkaLog: Sendable {
    struct Line: Sendable {
        let level: Int32
        let client: String?
        let facility: String?
        let text: String

        /// The text without the name of the thread, if the line is about a connection that could not be made. The end
        /// of an idle connection that worked is no trouble.
        var trouble: String? {
            guard facility == "FAIL", !text.contains(" in state UP") else { return nil }
            guard text.hasPrefix("[thrd:"), let end = text.firstRange(of: "]: ") else { return text }
            return String(text[end.upperBound...])
        }
    }

    /// The lines of every client of the process. When the process exits, the lines that still wait are written first.
    static let shared: LibrdkafkaLog = {
        let log = LibrdkafkaLog(capacity: 4096) { line in
            label.log(LogLevel(syslog: line.level), line.text) { fields in
                fields.client = line.client
                fields.facility = line.facility
            }
        } dropped: { count in
            label.warning("dropped lines of librdkafka because the log backend is slow") { $0.count = count }
        }
        Platform.atExit { LibrdkafkaLog.shared.flush(within: .seconds(1)) }
        return log
    }()

    private static let label = Log("kafka.librdkafka")

    private struct State {
        var lines: [Line] = []
        var dropped = 0
        var isWriting = false
        var hasThread = false
        /// The thread that writes, as soon as it runs.
        var thread: UInt?

        /// Whether the thread has lines to write. Without a thread, waiting is useless.
        var hasWork: Bool { hasThread && (!lines.isEmpty || isWriting) }
    }

    private let capacity: Int
    private let write: @Sendable (Line) -> Void
    private let tellDropped: @Sendable (Int) -> Void
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - capacity: The largest number of waiting lines. Further lines are dropped and counted.
    ///   - write: Writes a line. It is called on one thread.
    ///   - dropped: Reports the number of lines that were dropped since its last call.
    init(
        capacity: Int,
        write: @escaping @Sendable (Line) -> Void,
        dropped: @escaping @Sendable (Int) -> Void
    ) {
        self.capacity = capacity
        self.write = write
        tellDropped = dropped
    }

    /// Adds a line and returns immediately. Any thread may call it, including librdkafka's threads.
    func add(_ line: Line) {
        let (isFirst, needsThread) = state.withLock { state in
            if state.lines.count >= capacity {
                state.dropped += 1
                return (false, false)
            }
            state.lines.append(line)
            let needsThread = !state.hasThread
            state.hasThread = true
            return (state.lines.count == 1, needsThread)
        }
        if needsThread, !NamedThread.start("kafka-log", { self.run() }) {
            // The next line tries again. Until then the lines wait.
            state.withLock { $0.hasThread = false }
        }
        if isFirst { wakeUp.signal() }
    }

    /// Blocks until all lines so far have been written, at most for `limit`.
    ///
    /// It returns at once on the thread that writes the lines, for example if the log backend ends the process.
    func flush(within limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.hasWork && $0.thread != Platform.currentThread }), .now < deadline {
            Platform.sleep(milliseconds: 1)
        }
    }

    private func run() {
        state.withLock { $0.thread = Platform.currentThread }
        while true {
            let (lines, dropped) = state.withLock { state in
                defer {
                    state.lines = []
                    state.dropped = 0
                }
                state.isWriting = !state.lines.isEmpty
                return (state.lines, state.dropped)
            }
            for line in lines { write(line) }
            if dropped > 0 { tellDropped(dropped) }
            if lines.isEmpty { wakeUp.wait() }
        }
    }
}

extension LogLevel {
    /// Makes the level from a level of syslog, which goes from 0 (emergency) to 7 (debug).
    init(syslog level: Int32) {
        self =
            switch level {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
    }
}
