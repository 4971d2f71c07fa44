internal import Synchronization

/// The state of a client's connections: whether one has ever worked, and the last error.
final class ConnectionState: Sendable {
    private struct State {
        var lastFailure: KafkaError?
        var refusal: KafkaError?
        var fatal: KafkaError?
    }

    private let state = Mutex(State())
    private let hasWorked = Atomic<Bool>(false)
    private let hasFailure = Atomic<Bool>(false)

    /// The last error of a connection since one last worked. It explains a timeout.
    var lastFailure: KafkaError? { state.withLock { $0.lastFailure } }

    /// The error that stopped the client for good.
    var fatal: KafkaError? { state.withLock { $0.fatal } }

    /// The error if the brokers refused the credentials or the certificates and no connection has ever worked. Nothing
    /// can then succeed with these settings, but librdkafka keeps trying until each call times out.
    var refusal: KafkaError? { state.withLock { $0.refusal } }

    /// Whether `error` shows that the brokers refuse these settings.
    func isRefusal(_ error: KafkaError) -> Bool {
        (error.code == .authentication || error.code == .tls) && !hasWorked.load(ordering: .relaxed)
    }

    /// Called when a broker has answered.
    func noteSuccess() {
        if !hasWorked.load(ordering: .relaxed) { hasWorked.store(true, ordering: .relaxed) }
        guard hasFailure.load(ordering: .relaxed) else { return }
        state.withLock { state in
            state.lastFailure = nil
            state.refusal = nil
        }
        hasFailure.store(false, ordering: .relaxed)
    }

    func noteFailure(_ error: KafkaError) {
        let isRefusal = isRefusal(error)
        state.withLock { state in
            if error.isFatal { state.fatal = error }
            if isRefusal { state.refusal = error }
            // "All brokers are down" explains less than the error of the last broker.
            if state.lastFailure == nil || error.librdkafkaName != "_ALL_BROKERS_DOWN" { state.lastFailure = error }
        }
        hasFailure.store(true, ordering: .relaxed)
    }
}
