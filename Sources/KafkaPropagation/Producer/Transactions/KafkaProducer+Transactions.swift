extension KafkaProducer {
    /// Runs `body` in a transaction: its messages, and the offsets of the records that it adds, are committed together
    /// or not at all.
    ///
    /// When to use it: to write several messages as one. To process records and produce from them exactly once within
    /// Kafka, use ``withTransaction(consuming:from:_:)``.
    ///
    ///     var configuration = try KafkaProducerConfiguration.fromEnvironment()
    ///     configuration.transactionalID = "orders-3"
    ///     try await withKafkaProducer(configuration) { producer in
    ///         try await producer.withTransaction { transaction in
    ///             try transaction.enqueue(KafkaMessage(topic: "orders", value: order))
    ///             try transaction.enqueue(KafkaMessage(topic: "invoices", value: invoice))
    ///         }
    ///     }
    ///
    /// The transaction is committed when `body` returns, and aborted when it throws. Consumers see the messages of an
    /// aborted transaction only with ``KafkaConsumerConfiguration/IsolationLevel/readUncommitted``.
    ///
    /// A producer has one transaction at a time: a second call waits for its turn, in order. A call inside a `body` of
    /// the same producer throws ``KafkaError/Code/transactionState``. For transactions side by side, make several
    /// producers, each with its own transactional ID.
    ///
    /// The call waits for the outcome at most for ``KafkaProducerConfiguration/transactionCallTimeout``, also in a task
    /// that is cancelled: a commit that was sent may succeed. If the time is over, it throws
    /// ``KafkaError/Code/timedOut``, with the ``KafkaError/transactionOutcome`` `unknown` if a commit was sent, and
    /// otherwise `aborted`. The producer continues in the background: ``transactionOutcome(timeout:)`` and the next
    /// transaction wait for the outcome.
    ///
    /// - Parameter body: Runs on the caller's actor. Wait in it for every task that uses the transaction.
    /// - Throws: The error of `body`, after the abort. Otherwise ``KafkaError`` with the reason why the transaction was
    ///   not committed: if its ``KafkaError/transactionOutcome`` is `aborted` and it is not fatal, the transaction can
    ///   run again. ``KafkaError/Code/fenced``, which is fatal, if a newer producer has the same transactional ID.
    ///   ``KafkaError/Code/transactionState`` for a producer without a transactional ID. `CancellationError` if the
    ///   task is cancelled before the transaction begins.
    @discardableResult
    public func withTransaction<Success>(
        _ body: nonisolated(nonsending) (KafkaTransaction) async throws -> Success
    ) async throws -> Success {
        let transactions = try transactionsOutsideBody()
        try await transactions.takeTurn()
        defer { transactions.leaveTurn() }
        let transaction = try await core.begin(transactions)
        let success: Success
        do {
            let running = KafkaTransaction.Running(producer: ObjectIdentifier(core), number: transaction.number)
            success = try await KafkaTransaction.$running.withValue(running) { try await body(transaction) }
        } catch {
            _ = await core.end(transaction, transactions, commits: false)
            throw Self.afterAbort(error)
        }
        switch await core.end(transaction, transactions, commits: true) {
        case .committed: return success
        case .aborted(let error): throw (error ?? .transactionEnded).ending(.aborted)
        case .unknown(let error): throw error.ending(.unknown)
        case nil: throw core.noOutcome(transactions)
        }
    }

    /// Processes records and produces from them exactly once within Kafka: the records' offsets are committed with the
    /// messages of `body`, or neither.
    ///
    ///     for try await batch in consumer.batches {
    ///         do {
    ///             try await producer.withTransaction(consuming: batch, from: consumer) { transaction in
    ///                 for record in batch {
    ///                     let result = try await record.withContext { try await detect(record) }
    ///                     let message = KafkaMessage(topic: "results", value: result, context: record.context)
    ///                     try transaction.enqueue(message)
    ///                 }
    ///             }
    ///         } catch let error as KafkaError where error.transactionOutcome == .aborted && !error.isFatal {
    ///             log.warning("the records come again", error: error)
    ///         }
    ///     }
    ///
    /// If the transaction is aborted, the consumer goes back to the first record of each partition that is not done,
    /// and the records come again. Partitions that a rebalance took away come again to their new member. A rebalance
    /// makes the commit fail if a partition of `records` was taken away; the group's coordinator refuses the offsets of
    /// a member that it has replaced (KIP-447).
    ///
    /// A consumer that reads partitions by name has no generation: there the application must see to it that no two
    /// consumers read the same partition.
    ///
    /// If the call throws before `body` began, as after a timeout, the records are as before: call it again with the
    /// same ones.
    ///
    /// One transaction for each record is slow, since each commit waits for the cluster: use
    /// ``KafkaConsumer/batches``.
    ///
    /// For an exactly-once service, make the producer first, and call ``prepareTransactions(timeout:)`` before you make
    /// the consumer. The readers of the messages must keep ``KafkaConsumerConfiguration/isolationLevel`` at
    /// `read_committed`, its default.
    ///
    /// - Parameters:
    ///   - records: Records that were taken from this consumer. Every record must be in a transaction, in order; to
    ///     pass over one, let `body` send nothing for it.
    ///   - consumer: The consumer that read them, with a group and the policy
    ///     ``KafkaConsumerConfiguration/CommitPolicy/manual``.
    ///   - body: Runs on the caller's actor.
    /// - Throws: As ``withTransaction(_:)``, and as ``KafkaTransaction/add(_:from:)-(Collection<KafkaRecord>,_)``.
    @discardableResult
    public func withTransaction<Success>(
        consuming records: some Collection<KafkaRecord>,
        from consumer: KafkaConsumer,
        _ body: nonisolated(nonsending) (KafkaTransaction) async throws -> Success
    ) async throws -> Success {
        try consumer.checkTransactions()
        return try await withTransaction { transaction in
            try transaction.add(records, from: consumer)
            return try await body(transaction)
        }
    }

    /// Suspends until the cluster has given the transactional ID to this producer: it has ended the open transaction of
    /// the last producer with this ID, and made that producer unusable.
    ///
    /// When to use it: before you make the consumer of an exactly-once service. If the last process was killed in a
    /// transaction, a consumer of the group waits until that transaction has ended. ``withTransaction(_:)`` does the
    /// same by itself.
    ///
    ///     try await producer.prepareTransactions()
    ///     let consumer = try KafkaConsumer(configuration)
    ///
    /// - Parameter timeout: How long the call may take; nil for
    ///   ``KafkaProducerConfiguration/transactionCallTimeout``.
    /// - Throws: ``KafkaError/Code/timedOut``; the error for which the producer can have no transactions, such as
    ///   ``KafkaError/Code/authorization``; `CancellationError`.
    public func prepareTransactions(timeout: Duration? = nil) async throws {
        guard let transactions = core.transactions else { throw KafkaError.noTransactionalID }
        try await core.waitUntilInitialized(transactions, timeout: timeout ?? transactions.callTimeout)
    }

    /// Waits for the outcome of the last transaction; nil if there was none.
    ///
    /// When to use it: after ``withTransaction(_:)`` has thrown an error whose ``KafkaError/transactionOutcome`` is
    /// `unknown`.
    ///
    ///     do {
    ///         try await producer.withTransaction { try $0.enqueue(message) }
    ///     } catch let error as KafkaError where error.transactionOutcome == .unknown {
    ///         let outcome = try await producer.transactionOutcome()
    ///         log.notice("the transaction ended late") { $0.outcome = outcome?.description }
    ///     }
    ///
    /// - Parameter timeout: How long the call may take; nil for
    ///   ``KafkaProducerConfiguration/transactionCallTimeout``.
    /// - Returns: `unknown` if the producer can do nothing more and has no answer. Then the offsets that the group has
    ///   committed tell whether the transaction was committed.
    /// - Throws: ``KafkaError/Code/timedOut`` if there is no outcome yet; `CancellationError`.
    public func transactionOutcome(timeout: Duration? = nil) async throws -> KafkaTransactionOutcome? {
        guard let transactions = core.transactions else { throw KafkaError.noTransactionalID }
        guard let last = transactions.last else { return nil }
        guard let outcome = await last.valueUnlessCancelled(within: timeout ?? transactions.callTimeout) else {
            try Task.checkCancellation()
            throw core.timedOut("the last transaction has no outcome yet")
        }
        return outcome.published
    }

    /// The error of a body whose transaction was aborted. The same body fails again after a fault of the program.
    private static func afterAbort(_ error: any Error) -> any Error {
        guard let error = error as? KafkaError, error.transactionOutcome == nil,
            ![.configuration, .invalidArgument, .transactionState].contains(error.code)
        else { return error }
        return error.ending(.aborted)
    }

    private func transactionsOutsideBody() throws(KafkaError) -> ProducerTransactions {
        guard let transactions = core.transactions else { throw .noTransactionalID }
        if let running = KafkaTransaction.running, running.producer == ObjectIdentifier(core),
            transactions.change({ $0.openNumber }) == running.number
        {
            throw KafkaError(
                .transactionState,
                "the task is in a transaction of this producer already",
                hint: "Use that transaction, or another producer with a transactional ID of its own"
            )
        }
        return transactions
    }
}

extension ProducerCore {
    /// The error of a transaction that did not end in time.
    fileprivate func noOutcome(_ transactions: ProducerTransactions) -> KafkaError {
        let error = timedOut("the transaction was not committed in time, and was aborted", .aborted)
        // If no commit was sent yet, none is sent any more.
        if transactions.change({ $0.fail(error) }) { return error }
        return timedOut(
            "the cluster did not answer the commit of the transaction in time; it may be committed or aborted",
            .unknown,
            hint: "Wait for transactionOutcome(); the next transaction waits for it as well"
        )
    }
}
