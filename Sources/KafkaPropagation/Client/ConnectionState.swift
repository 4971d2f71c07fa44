internal import Synchronization

/// The state of a client's connections: whether one has ever worked, and the last error.
final class ConnectionState: Sendable {
    /// A pure value.
    private struct State {
        private(set) var lastFailure: KafkaError?
        private(set) var fatal: KafkaError?
        private(set) var trouble: String?
        private(set) var failureCount = 0
        /// The last error with which a broker refused the credentials or the certificates.
        private var refused: KafkaError?
        /// Whether librdkafka or a probe has noticed that no broker can be reached. librdkafka says it once for each
        /// outage, before or after a broker refuses the connection, so this value lasts until a broker answers.
        private var areAllDown = false

        /// One broker of several may refuse a connection for a reason of its own.
        var refusal: KafkaError? { areAllDown ? refused : nil }

        var isDown: Bool { areAllDown || fatal != nil }

        mutating func noteSuccess() {
            lastFailure = nil
            refused = nil
            trouble = nil
            areAllDown = false
        }

        mutating func noteFailure(_ error: KafkaError) {
            let isAllDown = error.librdkafkaName == "_ALL_BROKERS_DOWN"
            failureCount += 1
            if error.isFatal { fatal = error }
            if error.code == .authentication || error.code == .tls { refused = error }
            if isAllDown { areAllDown = true }
            // "All brokers are down" explains less than the error of the last broker.
            if lastFailure == nil || !isAllDown { lastFailure = error }
        }

        mutating func noteTrouble(_ text: String) { trouble = text }

        mutating func noteSilence(_ error: KafkaError) {
            areAllDown = true
            if lastFailure == nil { lastFailure = error }
        }
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

    /// The error if a broker refused the credentials or the certificates, no other broker can be reached, and no
    /// connection has ever worked. Nothing can then succeed with these settings, but librdkafka keeps trying until each
    /// call times out.
    var refusal: KafkaError? { hasEverWorked ? nil : state.withLock { $0.refusal } }

    /// Whether a broker has ever answered.
    var hasEverWorked: Bool { hasWorked.load(ordering: .relaxed) }

    /// Whether all brokers are gone since one last answered, as far as librdkafka or a probe has noticed.
    var isDown: Bool { state.withLock { $0.isDown } }

    /// Whether an error has come since a broker last answered.
    var hasTrouble: Bool { hasFailure.load(ordering: .relaxed) }

    /// The last text about a connection that could not be made, or else the last error; nil if there is none since a
    /// broker last answered.
    var trouble: String? { state.withLock { $0.trouble ?? $0.lastFailure?.message } }

    /// Called when a broker has answered.
    func noteSuccess() {
        if !hasWorked.load(ordering: .relaxed) { hasWorked.store(true, ordering: .relaxed) }
        if !hasAnsweredSinceProbe.load(ordering: .relaxed) { hasAnsweredSinceProbe.store(true, ordering: .relaxed) }
        guard hasFailure.load(ordering: .relaxed) else { return }
        state.withLock { state in
            state.noteSuccess()
            hasFailure.store(false, ordering: .relaxed)
        }
    }

    func noteFailure(_ error: KafkaError) {
        state.withLock { state in
            state.noteFailure(error)
            hasFailure.store(true, ordering: .relaxed)
        }
    }

    /// Called when librdkafka logs that it could not make a connection.
    func noteTrouble(_ text: String) {
        state.withLock { state in
            state.noteTrouble(text)
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
            state.noteSilence(error)
            hasFailure.store(true, ordering: .relaxed)
        }
    }
}
