internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// Asks any broker for metadata in the background, because an idle client gets no other sign that its connection works.
final class ConnectionProbe: Sendable {
    /// A pure value.
    struct State {
        private(set) var isRunning = false
        private var lastStart: UInt64?

        /// Whether to start a request now. Only one runs at a time.
        mutating func starts(isDoubtful: Bool, now: UInt64) -> Bool {
            let interval: UInt64 = isDoubtful ? 1_000_000_000 : 10_000_000_000
            if isRunning { return false }
            if let lastStart, MonotonicTime.elapsed(from: lastStart, to: now) < interval { return false }
            isRunning = true
            lastStart = now
            return true
        }

        mutating func end() { isRunning = false }
    }

    /// The longest time that a request takes, in milliseconds.
    private static let timeout: Int32 = 5000

    private let state = Mutex(State())

    /// Starts a request if one is due. It returns at once.
    ///
    /// - Parameter client: The client, which the request keeps alive while it runs.
    func ask(_ client: ClientHandle, _ connection: ConnectionState) {
        let isDoubtful = !connection.hasEverWorked || connection.lastFailure != nil
        guard state.withLock({ $0.starts(isDoubtful: isDoubtful, now: MonotonicTime.now) }) else { return }
        let isStarted = NamedThread.start("kafka-probe") { [self] in
            let failures = connection.beginProbe()
            let error = client.askAnyBroker(milliseconds: Self.timeout)
            if error == RD_KAFKA_RESP_ERR_NO_ERROR {
                connection.noteAnswer(unlessFailedSince: failures)
            } else {
                connection.noteSilence(KafkaError(error, "no broker answered a request"))
            }
            state.withLock { $0.end() }
        }
        if !isStarted { state.withLock { $0.end() } }
    }
}
