internal import Synchronization

/// What is known of a client's connections: whether one ever worked, and what went wrong last.
final class ConnectionState: Sendable {
    private struct State {
        var lastFailure: KafkaError?
        var refusal: KafkaError?
        var fatal: KafkaError?
    }

    private let state = Mutex(State())
    private let hasWorked = Atomic<Bool>(false)
    private let hasFailure = Atomic<Bool>(false)

    /// The last error of a connection, until one works again: what explains a time-out.
    var lastFailure: KafkaError? { state.withLock { $0.lastFailure } }

    /// The error after which the client is of no more use.
    var fatal: KafkaError? { state.withLock { $0.fatal } }

    /// Why nothing can work with these settings: the credentials or the certificates were refused, and no connection
    /// ever worked. librdkafka itself goes on trying until each call times out.
    var refusal: KafkaError? { state.withLock { $0.refusal } }

    /// Whether `error` says so.
    func isRefusal(_ error: KafkaError) -> Bool {
        (error.code == .authentication || error.code == .tls) && !hasWorked.load(ordering: .relaxed)
    }

    /// A broker answered.
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
            // That all brokers are down says less than what was wrong with the last of them.
            if state.lastFailure == nil || error.librdkafkaName != "_ALL_BROKERS_DOWN" { state.lastFailure = error }
        }
        hasFailure.store(true, ordering: .relaxed)
    }
}
