internal import ContextPropagation
internal import Synchronization

/// An open transaction, which ``KafkaProducer/withTransaction(_:)`` passes to its body.
///
/// Consumers that read only committed records see its messages after the commit, or never. Several tasks of the body
/// may use the transaction at the same time; wait for all of them in the body. After the body, every call throws
/// ``KafkaError/Code/transactionState``.
public final class KafkaTransaction: Sendable {
    /// Which producer's transaction a task is in. A value, since child tasks inherit it.
    struct Running: Sendable {
        let producer: ObjectIdentifier
        let number: Int
    }

    @TaskLocal static var running: Running?

    let number: Int
    let core: ProducerCore
    /// Lets messages in until the transaction ends, so that none reaches the next transaction.
    let gate = ProduceGate()
    /// How many messages the producer had delivered when the transaction began.
    let deliveredBefore: Int
    private let list = Mutex<[any TransactionParticipant]>([])

    init(number: Int, core: ProducerCore, deliveredBefore: Int) {
        self.number = number
        self.core = core
        self.deliveredBefore = deliveredBefore
    }

    /// Sends a message as part of the transaction, and suspends until it is acknowledged.
    ///
    /// When to use it: for few messages, or if the body needs the offset. ``enqueue(_:)`` does not wait for each
    /// message. The message carries the current context, as with ``KafkaProducer/send(_:)``.
    ///
    ///     try await producer.withTransaction { transaction in
    ///         try await transaction.send(KafkaMessage(topic: "orders", value: order))
    ///         try await transaction.send(KafkaMessage(topic: "invoices", value: invoice))
    ///     }
    ///
    /// - Returns: The partition and the offset. The message is there, but no consumer that reads only committed records
    ///   sees it before the commit.
    /// - Throws: ``KafkaError`` with the reason why the message was not delivered. The transaction can then only be
    ///   aborted. `CancellationError` if the task is cancelled.
    @discardableResult
    public func send(_ message: KafkaMessage) async throws -> KafkaTopicPartitionOffset {
        try await core.send(message, in: self)
    }

    /// Enqueues a message as part of the transaction, and returns at once.
    ///
    /// The commit waits for the delivery of every message. If one is not delivered, the transaction is aborted, and
    /// ``KafkaProducer/withTransaction(_:)`` throws the reason. ``KafkaProducer/deliveryReports`` get the report if
    /// they are held.
    ///
    ///     try await producer.withTransaction { transaction in
    ///         for line in lines { try transaction.enqueue(KafkaMessage(topic: "lines", value: line)) }
    ///     }
    ///
    /// - Throws: ``KafkaError/Code/queueFull`` if there is no room: `try await producer.waitForRoom()`, and try again.
    public func enqueue(_ message: KafkaMessage) throws(KafkaError) {
        try core.enqueue(message, in: self)
    }

    /// Enqueues a message as part of the transaction, returns at once, and calls `onReport` when the message is
    /// acknowledged or has failed.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - onReport: Called once, in the message's context, as with ``KafkaProducer/enqueue(_:onReport:)``. A message
    ///     that is acknowledged is not committed yet. If the transaction is aborted before the message was sent, the
    ///     report's error is ``KafkaError/Code/purged``.
    /// - Throws: As ``enqueue(_:)``; then `onReport` is not called.
    public func enqueue(
        _ message: KafkaMessage,
        onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void
    ) throws(KafkaError) {
        try core.enqueue(message, in: self, onReport)
    }

    /// Adds a record to the transaction: the commit of the transaction also commits its offset.
    ///
    /// If the transaction is aborted, the consumer goes back, and the record comes again. Add each record before any
    /// call that can throw, or use ``KafkaProducer/withTransaction(consuming:from:_:)``, which does so.
    ///
    /// - Throws: As ``add(_:from:)-(Collection<KafkaRecord>,_)``.
    public func add(_ record: KafkaRecord, from consumer: KafkaConsumer) throws(KafkaError) {
        try add(CollectionOfOne(record), from: consumer)
    }

    /// Adds records to the transaction: the commit of the transaction also commits their offsets.
    ///
    /// If the transaction is aborted, the consumer goes back to the first record of each partition that is not done, if
    /// it still has the partition, and the records come again. Add records before any call that can throw, or use
    /// ``KafkaProducer/withTransaction(consuming:from:_:)``, which does so.
    ///
    /// A commit is only possible if every earlier record that was taken from the partition is done or in the
    /// transaction. To pass over a record, add it as well. Do not store or commit the records of a transaction by other
    /// calls.
    ///
    /// - Parameters:
    ///   - records: Records of this consumer.
    ///   - consumer: The consumer that read them. Its policy must be
    ///     ``KafkaConsumerConfiguration/CommitPolicy/manual``, and it must have a group.
    /// - Throws: ``KafkaError/Code/configuration`` for a consumer without a group or with another policy;
    ///   ``KafkaError/Code/notAssigned`` if a partition was taken away or was assigned again since;
    ///   ``KafkaError/Code/invalidArgument`` for a record that the consumer has not read.
    public func add(_ records: some Collection<KafkaRecord>, from consumer: KafkaConsumer) throws(KafkaError) {
        guard gate.enter() else { throw .transactionEnded }
        defer { gate.leave() }
        try part(of: consumer).add(records)
    }

    /// Commits offsets with the transaction, for an application that tracks its progress itself. An offset is that of
    /// the next record to read after a restart.
    ///
    /// When to use it: only if the application knows which records are done. ``add(_:from:)-(KafkaRecord,_)`` also
    /// makes the records of an aborted transaction come again; after this call, the application has to seek. It must
    /// also know that the records were read since the partition was last assigned.
    ///
    /// - Parameters:
    ///   - offsets: Offsets in partitions that are assigned to the consumer.
    ///   - consumer: A consumer of a group, with the policy ``KafkaConsumerConfiguration/CommitPolicy/manual``.
    /// - Throws: ``KafkaError/Code/notAssigned`` for a partition that is not assigned; ``KafkaError/Code/rebalance`` or
    ///   another error of the broker, after which the transaction can only be aborted; ``KafkaError/Code/timedOut``;
    ///   ``KafkaError/Code/cancelled``.
    public func sendOffsets(
        _ offsets: [KafkaTopicPartitionOffset],
        from consumer: KafkaConsumer
    ) async throws(KafkaError) {
        try consumer.checkTransactions()
        let sent = SentOffsets(offsets, of: consumer)
        try await commit(offsets, of: consumer)
        join(sent)
    }

    /// Commits offsets of a group with the transaction. It does not say what happens after an abort; see ``join(_:)``.
    func commit(_ offsets: [KafkaTopicPartitionOffset], of group: any ConsumerGroupSource) async throws(KafkaError) {
        try KafkaError.check(numbers: offsets)
        if offsets.isEmpty { return }
        try await core.commit(offsets, of: group, in: self)
    }

    // MARK: Participants

    /// Makes a part of the application take part: its offsets are committed with the transaction.
    func join(_ participant: some TransactionParticipant) {
        list.withLock { $0.append(participant) }
    }

    private func part(of consumer: KafkaConsumer) throws(KafkaError) -> TransactionRecords {
        if let part = list.withLock({ Self.part(of: consumer, among: $0) }) { return part }
        try consumer.checkTransactions()
        return list.withLock { list in
            // Another task may have been faster.
            if let part = Self.part(of: consumer, among: list) { return part }
            let part = TransactionRecords(consumer)
            list.append(part)
            return part
        }
    }

    private static func part(
        of consumer: KafkaConsumer,
        among participants: [any TransactionParticipant]
    ) -> TransactionRecords? {
        for case let part as TransactionRecords in participants where part.consumer === consumer { return part }
        return nil
    }

    var participants: [any TransactionParticipant] { list.withLock { $0 } }
}
