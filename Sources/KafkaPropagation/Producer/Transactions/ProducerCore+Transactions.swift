internal import ContextLog
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

// The threads that call librdkafka for a producer's transactions. `TransactionState` decides which call comes next.
extension ProducerCore {
    /// The longest time that one call of librdkafka blocks. The same call, made again, continues the operation.
    private static let slice: Int32 = 2000

    // MARK: The beginning

    /// Asks the cluster for the transactional ID, on a thread of its own.
    func startTransactions() throws(KafkaError) {
        guard let transactions else { return }
        if !NamedThread.start("kafka-init-tx", { self.initialize(transactions) }) { throw .noThread }
    }

    private func initialize(_ transactions: ProducerTransactions) {
        while true {
            let answer = client.initializeTransactions(milliseconds: Self.slice)
            // A broker has answered, which ends a refusal.
            if case .success = answer { callbacks.connection.noteSuccess() }
            if !transactions.change({ $0.initialized(answer) }) { break }
            // The brokers may accept the login later.
            if let refusal = callbacks.connection.refusal { transactions.refuseWaiters(refusal) }
            Platform.sleep(milliseconds: 20)
        }
        if case .ended(let error) = transactions.change({ $0.phase }) {
            transactions.initialized.resolve(.failure(error))
        } else {
            transactions.initialized.resolve(.success(()))
        }
    }

    /// Suspends until the cluster has given the transactional ID to this producer.
    func waitUntilInitialized(_ transactions: ProducerTransactions, timeout: Duration) async throws {
        if let result = transactions.initialized.resolved { return try result.get() }
        guard let result = await transactions.initialized.valueUnlessCancelled(within: timeout) else {
            try Task.checkCancellation()
            throw timedOut(
                "the cluster did not give the transactional ID \"\(transactions.id)\" to the producer in time"
            )
        }
        try result.get()
    }

    /// Begins a transaction. The caller has the turn.
    func begin(_ transactions: ProducerTransactions) async throws -> KafkaTransaction {
        try await waitUntilInitialized(transactions, timeout: transactions.callTimeout)
        if let last = transactions.last, last.resolved == nil,
            await last.valueUnlessCancelled(within: transactions.callTimeout) == nil
        {
            try Task.checkCancellation()
            throw timedOut("the last transaction has no outcome yet")
        }
        try Task.checkCancellation()
        let number = try transactions.change { machine in Result { () throws(KafkaError) in try machine.begin() } }
            .get()
        let transaction = KafkaTransaction(
            number: number,
            core: self,
            deliveredBefore: callbacks.delivered.load(ordering: .relaxed)
        )
        let answer = Promise<TransactionState.Beginning>()
        run("kafka-begin-tx") { [self] in
            let answered = client.beginTransaction()
            let beginning = transactions.change { $0.began(answered) }
            if case .abort = beginning { _ = finish(transaction, transactions, from: .abort) }
            answer.resolve(beginning)
        }
        // librdkafka asks no broker for this.
        guard let beginning = await answer.value(within: transactions.callTimeout) else {
            // The answer may have come just now.
            if transactions.change({ $0.abandon() }) { return transaction }
            throw timedOut("the transaction did not begin in time")
        }
        switch beginning {
        case .open: return transaction
        case .abort: throw KafkaError.transactionEnded
        case .failed(let error): throw error
        }
    }

    // MARK: Offsets

    /// Commits offsets of a group with the transaction.
    func commit(
        _ offsets: [KafkaTopicPartitionOffset],
        of group: any ConsumerGroupSource,
        in transaction: KafkaTransaction
    ) async throws(KafkaError) {
        guard let transactions else { throw .outsideTransaction }
        let timeout = transactions.callTimeout
        do throws(KafkaError) {
            try await blockingCalls.run("kafka-offsets-tx", timeout: timeout) { [self] () throws(KafkaError) in
                guard transaction.gate.enter() else { throw .transactionEnded }
                defer { transaction.gate.leave() }
                try commit(of: group, transactions, deadline: .now + timeout) { () throws(KafkaError) in
                    try group.check(offsets)
                    return offsets
                }
            }
        } catch {
            // The call may have ended before its thread, which may still succeed.
            transactions.change { if $0.openNumber == transaction.number { $0.fail(error) } }
            throw error
        }
    }

    /// Commits offsets with the transaction that is open. Blocks.
    ///
    /// - Parameter offsets: Gives the offsets, and throws if the consumer may no longer commit them. It is called after
    ///   the place in the group was read: if the partitions are still assigned then, no other member had them in the
    ///   generation of that place. After a later rebalance the group refuses the place.
    private func commit(
        of group: any ConsumerGroupSource,
        _ transactions: ProducerTransactions,
        deadline: ContinuousClock.Instant,
        _ offsets: () throws(KafkaError) -> [KafkaTopicPartitionOffset]
    ) throws(KafkaError) {
        do throws(KafkaError) {
            let metadata = try group.groupMetadata()
            let offsets = try offsets()
            if offsets.isEmpty { return }
            let list = try PartitionList(offsets)
            while true {
                let left = ContinuousClock.now.duration(to: deadline).wholeMilliseconds
                switch client.sendOffsets(list, metadata, milliseconds: max(1, left)) {
                case .success: return
                case .abort(let error), .fatal(let error): throw error
                case .retry(let error):
                    if .now >= deadline || transactions.change({ $0.failure }) != nil { throw error }
                    Platform.sleep(milliseconds: 50)
                }
            }
        } catch {
            transactions.change { _ = $0.fail(error) }
            throw error
        }
    }

    // MARK: The end

    /// Ends a transaction, and suspends until its outcome is known or the time is over. Cancellation does not end the
    /// wait: a commit that was sent may succeed.
    ///
    /// - Returns: Nil if the outcome is not known yet. A task continues to wait for it.
    func end(
        _ transaction: KafkaTransaction,
        _ transactions: ProducerTransactions,
        commits: Bool
    ) async -> TransactionOutcome? {
        let finished = Promise<TransactionOutcome>()
        let settled = Promise<TransactionOutcome>()
        transactions.noteEnding(settled)
        transaction.gate.close()
        run("kafka-end-tx") { [self] in
            // Threads are inside only for one call of librdkafka.
            while !transaction.gate.isEmptyForGood { Platform.sleep(milliseconds: 1) }
            if commits { commitParticipants(of: transaction, transactions) }
            let step = transactions.change { $0.end(transaction.number, commits: commits) }
            finished.resolve(finish(transaction, transactions, from: step))
        }
        Task {
            let outcome = await finished.value
            for participant in transaction.participants { await participant.ended(outcome.published) }
            settled.resolve(outcome)
        }
        return await settled.value(within: transactions.callTimeout)
    }

    private func commitParticipants(of transaction: KafkaTransaction, _ transactions: ProducerTransactions) {
        let deadline = ContinuousClock.now + transactions.callTimeout
        for participant in transaction.participants {
            guard let group = participant.group else { continue }
            do throws(KafkaError) {
                try commit(of: group, transactions, deadline: deadline, participant.offsets)
            } catch {
                // It has failed the transaction.
                return
            }
        }
    }

    /// Calls librdkafka until the outcome is known. Blocks.
    private func finish(
        _ transaction: KafkaTransaction,
        _ transactions: ProducerTransactions,
        from first: TransactionState.Step
    ) -> TransactionOutcome {
        var step = first
        if case .abort = step { waitUntilBegun(transaction, transactions) }
        while true {
            let answer: TransactionState.Answer
            switch step {
            case .done(let outcome): return outcome
            case .commit: answer = servingAlone { client.commitTransaction(milliseconds: Self.slice) }
            case .abort: answer = servingAlone { client.abortTransaction(milliseconds: Self.slice) }
            }
            step = transactions.change { $0.answered(answer) }
            if case .retry = answer { Platform.sleep(milliseconds: 20) }
        }
    }

    /// Blocks until the coordinator knows of the transaction, if it has messages.
    ///
    /// librdkafka tells the coordinator of a transaction some time after its first message, and again if the
    /// coordinator is still busy with the last one. An abort before that is refused with INVALID_TXN_STATE, which is
    /// fatal for the producer. When a message is acknowledged, the coordinator knows.
    private func waitUntilBegun(_ transaction: KafkaTransaction, _ transactions: ProducerTransactions) {
        let deadline = ContinuousClock.now + min(transactions.callTimeout, .seconds(5))
        while outstanding > 0, callbacks.delivered.load(ordering: .relaxed) == transaction.deliveredBefore,
            .now < deadline
        {
            flush(milliseconds: 20)
        }
    }

    // MARK: Shutdown

    /// Begins no more transactions. The one that is open may still end.
    func closeTransactions() {
        transactions?.close()
    }

    /// Blocks until the open transaction has ended, at most until the deadline.
    func finishTransactions(by deadline: ContinuousClock.Instant) {
        guard let transactions else { return }
        // The transaction may wait for reports before it ends.
        serve(until: { transactions.change { $0.isIdle } }, deadline: deadline)
        transactions.change { $0.giveUp(.producerShutDown) }
        guard let number = transactions.change({ $0.openNumber }) else { return }
        ClientLog.producer.warning(
            "the producer was shut down while a transaction was open; the transaction is aborted"
        ) {
            $0["transactional_id"] = transactions.id
        }
        var step = transactions.change { $0.end(number, commits: false) }
        if case .abort = step {
            let answer = servingAlone { client.abortTransaction(milliseconds: 500) }
            step = transactions.change { $0.answered(answer) }
        }
    }

    // MARK: Support

    /// Runs a blocking call on a thread of its own; on a queue if the system starts no thread.
    private func run(_ name: String, _ body: @escaping @Sendable () -> Void) {
        if !NamedThread.start(name, body) { DispatchQueue.global().async(execute: body) }
    }

    func timedOut(_ message: String, _ outcome: KafkaTransactionOutcome? = nil, hint: String? = nil) -> KafkaError {
        let error = KafkaError(.timedOut, message, hint: hint, isRetriable: true)
            .caused(by: callbacks.connection.lastFailure)
        return outcome.map { error.ending($0) } ?? error
    }

    /// Why a message of a transaction was refused, if the transaction had failed before.
    func explained(_ acceptance: Acceptance) -> Acceptance {
        guard case .refused(let error) = acceptance, error.code == .notAssigned, let transactions else {
            return acceptance
        }
        // librdkafka only says that the state is wrong.
        let reason = callbacks.connection.fatal ?? transactions.change { $0.failure }
        return .refused(
            reason
                ?? KafkaError(
                    .purged,
                    "the transaction has failed, and takes no more messages",
                    hint: "Let the error end the body: the transaction is aborted. The log line of librdkafka tells why"
                )
        )
    }
}
