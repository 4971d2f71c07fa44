/// The life cycle of a producer's transactions. A pure value: the threads that call librdkafka report each answer, and
/// get the next step.
///
/// At most one transaction exists at a time. A commit that was sent and not answered keeps the transaction in the phase
/// ``Phase/committing(_:)`` until the answer is known, so that no outcome is ever guessed.
struct TransactionState: Sendable {
    /// The answer of one call of librdkafka.
    enum Answer: Sendable {
        case success
        /// The same call continues the operation.
        case retry(KafkaError)
        /// The transaction can only be aborted.
        case abort(KafkaError)
        /// The producer can do nothing more.
        case fatal(KafkaError)
    }

    enum Phase: Sendable {
        /// The cluster has not given the transactional ID to this producer yet.
        case initializing
        /// No transaction exists.
        case ready
        case beginning(Int)
        /// Messages are accepted.
        case open(Int)
        case committing(Int)
        case aborting(Int, reason: KafkaError?)
        /// The producer can do nothing more.
        case ended(KafkaError)
    }

    /// The next action of the thread that ends a transaction.
    enum Step: Sendable {
        case commit
        case abort
        case done(TransactionOutcome)
    }

    /// The effect of the answer to a begin.
    enum Beginning: Sendable {
        case open
        /// The caller has given up: abort the transaction.
        case abort
        case failed(KafkaError)
    }

    private(set) var phase = Phase.initializing
    /// Why the open transaction can only be aborted.
    private(set) var failure: KafkaError?
    /// Whether a commit of the present transaction may have reached the cluster.
    private(set) var isCommitSent = false
    /// Whether no transaction begins any more.
    private(set) var isClosed = false
    /// The error for which the producer stops to wait for an answer.
    private var surrender: KafkaError?
    private var isAbandoned = false
    private var lastNumber = 0

    /// The number of the transaction that takes messages.
    var openNumber: Int? {
        if case .open(let number) = phase { number } else { nil }
    }

    /// The error after which the producer can do nothing more.
    var end: KafkaError? {
        if case .ended(let error) = phase { error } else { nil }
    }

    /// Whether no transaction exists.
    var isIdle: Bool {
        switch phase {
        case .initializing, .ready, .ended: true
        default: false
        }
    }

    /// Takes the answer to the initialization. Returns whether to call again.
    mutating func initialized(_ answer: Answer) -> Bool {
        guard case .initializing = phase else { return false }
        switch answer {
        case .success:
            phase = .ready
            return false
        case .retry:
            if !isClosed { return true }
            phase = .ended(.producerShutDown)
            return false
        case .abort(let error), .fatal(let error):
            phase = .ended(error)
            return false
        }
    }

    /// Begins a transaction, and returns its number.
    mutating func begin() throws(KafkaError) -> Int {
        if case .ended(let error) = phase { throw error }
        if isClosed { throw .producerShutDown }
        guard case .ready = phase else { throw .transactionBusy }
        lastNumber += 1
        phase = .beginning(lastNumber)
        failure = nil
        isCommitSent = false
        isAbandoned = false
        return lastNumber
    }

    /// Takes the answer to a begin.
    mutating func began(_ answer: Answer) -> Beginning {
        guard case .beginning(let number) = phase else { return .failed(.transactionBusy) }
        switch answer {
        case .success:
            if isAbandoned {
                phase = .aborting(number, reason: nil)
                return .abort
            }
            phase = .open(number)
            return .open
        case .retry(let error), .abort(let error):
            phase = .ready
            return .failed(error)
        case .fatal(let error):
            phase = .ended(error)
            return .failed(error)
        }
    }

    /// The caller of a begin waits no longer. Returns true if the transaction has begun, and is the caller's.
    mutating func abandon() -> Bool {
        isAbandoned = true
        return openNumber != nil
    }

    /// The transaction can only be aborted. The first reason counts. Returns false if it is too late to keep a commit
    /// from being sent.
    @discardableResult
    mutating func fail(_ error: KafkaError) -> Bool {
        switch phase {
        case .open:
            failure = failure ?? error
            return true
        case .committing:
            // librdkafka knows of it as well, and answers the commit with an error that says less.
            failure = failure ?? error
            return false
        case .aborting:
            return !isCommitSent
        default:
            return false
        }
    }

    /// Ends the open transaction.
    mutating func end(_ number: Int, commits: Bool) -> Step {
        guard case .open(number) = phase else { return .done(.aborted(.transactionEnded)) }
        if commits, failure == nil {
            phase = .committing(number)
            isCommitSent = true
            return .commit
        }
        phase = .aborting(number, reason: failure)
        return .abort
    }

    /// Takes the answer to a commit or an abort.
    mutating func answered(_ answer: Answer) -> Step {
        switch (phase, answer) {
        case (.committing, .success):
            phase = .ready
            return .done(.committed)
        case (.committing, .retry(let error)):
            guard let surrender else { return .commit }
            return finish(.unknown(error), ended: surrender)
        case (.committing(let number), .abort(let error)):
            phase = .aborting(number, reason: failure ?? error)
            return .abort
        case (.committing, .fatal(let error)):
            return finish(.unknown(error), ended: error)
        case (.aborting(_, let reason), .success):
            phase = .ready
            return .done(.aborted(reason))
        case (.aborting(_, let reason), .retry(let error)), (.aborting(_, let reason), .abort(let error)):
            guard let surrender else { return .abort }
            return finish(isCommitSent ? .unknown(error) : .aborted(reason), ended: surrender)
        case (.aborting(_, let reason), .fatal(let error)):
            return finish(isCommitSent ? .unknown(error) : .aborted(reason ?? error), ended: error)
        default:
            return .done(.unknown(.transactionBusy))
        }
    }

    private mutating func finish(_ outcome: TransactionOutcome, ended error: KafkaError) -> Step {
        phase = .ended(error)
        return .done(outcome)
    }

    /// No transaction begins any more. The one that exists may still end.
    mutating func close() {
        isClosed = true
    }

    /// Waits for no further answer: the call that is running is the last one.
    mutating func giveUp(_ error: KafkaError) {
        isClosed = true
        surrender = error
        if isIdle { phase = .ended(error) }
    }
}

/// The end of a transaction, and the reason for it.
enum TransactionOutcome: Sendable {
    case committed
    /// The reason is nil if the application asked for the abort.
    case aborted(KafkaError?)
    /// The cluster may have committed or aborted it.
    case unknown(KafkaError)

    var published: KafkaTransactionOutcome {
        switch self {
        case .committed: .committed
        case .aborted: .aborted
        case .unknown: .unknown
        }
    }
}
