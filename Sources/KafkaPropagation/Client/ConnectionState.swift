internal import Synchronization

/// The state of a client's connections: whether one has ever worked, and the last error.
final class ConnectionState: Sendable {
    private struct State {
        var lastFailure: KafkaError?
        var refusal: KafkaError?
        var fatal: KafkaError?
        var isDown = false
        var trouble: String?
        var failureCount = 0
    }

    private let state = Mutex(State())
    private let hasWorked = Atomic<Bool>(false)
    private let hasFailure = Atomic<Bool>(false)
    /// Whether a broker has answered anything since the last probe began.
    private let hasAnsweredSinceProbe = Atomic<Bool>(false)

    /// The last error of a connection since one last worked. It explains a timeout.
    var lastFailure: KafkaError? { state.withLock { $0.lastFailure } }

    /// The error that stopped the client for good.
    var fatal: KafkaError? { state.withLock { $0.fatal } }

    /// The error if the brokers refused the credentials or the certificates and no connection has ever worked. Nothing
    /// can then succeed with these settings, but librdkafka keeps trying until each call times out.
    var refusal: KafkaError? { state.withLock { $0.refusal } }

    /// Whether a broker has ever answered.
    var hasEverWorked: Bool { hasWorked.load(ordering: .relaxed) }

    /// Whether all brokers are gone since one last answered, as far as librdkafka or a probe has noticed.
    var isDown: Bool { state.withLock { $0.isDown } }

    /// Whether an error has come since a broker last answered.
    var hasTrouble: Bool { hasFailure.load(ordering: .relaxed) }

    /// The last text about a connection that could not be made, or else the last error; nil if there is none since a
    /// broker last answered.
    var trouble: String? { state.withLock { $0.trouble ?? $0.lastFailure?.message } }

    /// Whether `error` shows that the brokers refuse these settings.
    func isRefusal(_ error: KafkaError) -> Bool {
        (error.code == .authentication || error.code == .tls) && !hasWorked.load(ordering: .relaxed)
    }

    /// Called when a broker has answered.
    func noteSuccess() {
        if !hasWorked.load(ordering: .relaxed) { hasWorked.store(true, ordering: .relaxed) }
        if !hasAnsweredSinceProbe.load(ordering: .relaxed) { hasAnsweredSinceProbe.store(true, ordering: .relaxed) }
        guard hasFailure.load(ordering: .relaxed) else { return }
        state.withLock { state in
            state.lastFailure = nil
            state.refusal = nil
            state.trouble = nil
            state.isDown = state.fatal != nil
            hasFailure.store(false, ordering: .relaxed)
        }
    }

    func noteFailure(_ error: KafkaError) {
        let isRefusal = isRefusal(error)
        let isAllDown = error.librdkafkaName == "_ALL_BROKERS_DOWN"
        state.withLock { state in
            state.failureCount += 1
            if error.isFatal { state.fatal = error }
            if isRefusal { state.refusal = error }
            if error.isFatal || isRefusal || isAllDown { state.isDown = true }
            // "All brokers are down" explains less than the error of the last broker.
            if state.lastFailure == nil || !isAllDown { state.lastFailure = error }
            hasFailure.store(true, ordering: .relaxed)
        }
    }

    /// Called when librdkafka logs that it could not make a connection.
    func noteTrouble(_ text: String) {
        state.withLock { state in
            state.trouble = text
            hasFailure.store(true, ordering: .relaxed)
        }
    }

    /// Called when a probe begins.
    ///
    /// - Returns: How many errors there were.
    func beginProbe() -> Int {
        hasAnsweredSinceProbe.store(false, ordering: .relaxed)
        return state.withLock { $0.failureCount }
    }

    /// Called when a broker has answered a probe.
    ///
    /// - Parameter failureCount: The count when the probe began. An error since then may be newer than the answer.
    func noteAnswer(unlessFailedSince failureCount: Int) {
        if state.withLock({ $0.failureCount }) == failureCount { noteSuccess() }
    }

    /// Called when no broker has answered a probe. It means nothing if one has answered something else meanwhile. An
    /// error of a connection explains more than this one.
    func noteSilence(_ error: KafkaError) {
        if hasAnsweredSinceProbe.load(ordering: .relaxed) { return }
        state.withLock { state in
            state.isDown = true
            if state.lastFailure == nil { state.lastFailure = error }
            hasFailure.store(true, ordering: .relaxed)
        }
    }
}
