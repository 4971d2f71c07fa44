internal import ContextPropagation
internal import Synchronization

/// The transactions of a producer: their state, and the callers that wait for their turn.
final class ProducerTransactions: Sendable {
    private struct State {
        var machine = TransactionState()
        var turns = TurnQueue<Promise<Bool>>()
        /// The end of the last transaction.
        var last: Promise<TransactionOutcome>?
        /// Resolved when the cluster has given the ID to this producer, or the callers that wait need not wait longer.
        var initialized = Promise<Result<Void, KafkaError>>()
    }

    /// The producer's transactional ID.
    let id: String
    /// How long a caller waits for an answer.
    let callTimeout: Duration
    private let state = Mutex(State())

    /// Nil if the properties name no transactional ID.
    init?(_ properties: [NativeConfiguration.Property], callTimeout: Duration) {
        guard let id = KafkaProducerConfiguration.transactionalID(of: properties) else { return nil }
        self.id = id
        self.callTimeout = callTimeout
    }

    /// Changes or reads the life cycle.
    func change<Result>(_ body: (inout TransactionState) -> Result) -> Result {
        state.withLock { body(&$0.machine) }
    }

    // MARK: The beginning

    /// The answer to the callers that need the transactional ID.
    var initialized: Promise<Result<Void, KafkaError>> { state.withLock { $0.initialized } }

    /// Answers the callers that wait for the transactional ID. Those that come later wait for the next answer.
    func refuseWaiters(_ error: KafkaError) {
        let waiters = state.withLock { state in
            defer { state.initialized = Promise() }
            return state.initialized
        }
        waiters.resolve(.failure(error))
    }

    // MARK: Turns

    /// Suspends until no other caller has a transaction. Call ``leaveTurn()`` afterwards.
    func takeTurn() async throws {
        let turn = Promise<Bool>()
        let ticket = state.withLock { state -> WaiterQueue<Promise<Bool>>.Ticket? in
            state.machine.isClosed || state.turns.take() ? nil : state.turns.wait(turn)
        }
        guard let ticket else { return }
        guard let isGranted = await turn.valueUnlessCancelled else {
            let wasWaiting = state.withLock { $0.turns.remove(ticket) }
            // The turn that is on its way is for the next one. The code that removed the waiter resolves it.
            if !wasWaiting, await turn.value { leaveTurn() }
            throw CancellationError()
        }
        if !isGranted { throw KafkaError.producerShutDown }
    }

    func leaveTurn() {
        passTurn()?.resolve(true)
    }

    /// Gives the turn to the next caller. The result, which tells that caller, must be resolved.
    func passTurn() -> Promise<Bool>? {
        state.withLock { $0.turns.leave() }
    }

    /// How many callers wait for their turn.
    var waiting: Int { state.withLock { $0.turns.waiting } }

    // MARK: The end

    /// The end of the last transaction; nil if there was none.
    var last: Promise<TransactionOutcome>? { state.withLock { $0.last } }

    /// A transaction begins to end.
    func noteEnding(_ outcome: Promise<TransactionOutcome>) {
        state.withLock { $0.last = outcome }
    }

    /// Begins no more transactions, and refuses the callers that wait.
    func close() {
        let waiters = state.withLock { state in
            state.machine.close()
            return state.turns.removeAll()
        }
        for waiter in waiters { waiter.resolve(false) }
    }
}
