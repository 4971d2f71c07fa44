/// The receiver of the records that a ``PollLoop`` reads. A loop has one sink.
///
/// The loop makes every call on its poll thread, between two reads of librdkafka, unless a method says otherwise. A
/// call must not block, because a member of a group that does not poll loses its partitions. Only `revoked` may block,
/// for at most the given time.
///
/// An assignment and a seek each begin a new generation of a partition. A record of an older generation no longer
/// counts, and the sink must drop its result.
protocol RecordSink: AnyObject, Sendable {
    /// Whether the loop reads each partition from a queue of its own, so that a partition without room holds up no
    /// other one. It never changes.
    var readsByPartition: Bool { get }

    /// How many more records the loop may read. After 0 the sink wakes the loop when there is room again.
    ///
    /// - Parameters:
    ///   - partition: The partition to read, if the sink ``readsByPartition``; otherwise nil.
    ///   - averageSize: The mean size of the latest records in bytes.
    func room(of partition: AssignedPartition?, averageSize: Int) -> Int

    /// Receives records that were read. Their partitions are assigned.
    func receive(_ batch: RecordBatch)

    /// The loop has read every record of a partition below this offset, which is the end of the partition. librdkafka
    /// reports it only if the property `enable.partition.eof` is set.
    func reachedEnd(of partition: AssignedPartition, at offset: Int)

    /// A broker does not know this partition any more. Its topic was probably deleted.
    func isUnknown(_ partition: KafkaTopicPartition)

    /// The loop reads these partitions from now on.
    func assigned(_ partitions: [AssignedPartition])

    /// The loop is about to give these partitions back. The sink drops their records. It must store or send the offsets
    /// to commit before this call returns.
    ///
    /// - Parameters:
    ///   - isLost: Whether another member may read them already. If so, no offset can be committed.
    ///   - timeout: The longest time that the sink may wait for work in flight.
    /// - Returns: The number of records that were read and not taken.
    func revoked(_ partitions: [AssignedPartition], isLost: Bool, timeout: Duration) -> Int

    /// The loop continues with these partitions at other offsets, in a new generation. The sink drops their records.
    ///
    /// - Parameter offsets: The offset at which each partition continues, if it is a number.
    func restarted(_ partitions: [AssignedPartition], at offsets: [KafkaOffset?])

    /// The sink must hold back the records of these partitions until `resumed`.
    func paused(_ partitions: [AssignedPartition])

    /// The sink must deliver the records of these partitions again.
    func resumed(_ partitions: [AssignedPartition])

    /// No more records will arrive. Any thread may make this call, and may repeat it; only the first call counts.
    ///
    /// - Parameters:
    ///   - error: The reason, if it is an error.
    ///   - discarding: Whether the sink drops the records that were not taken.
    func end(_ error: KafkaError?, discarding: Bool)

    /// Returns whether the application takes records.
    func progress(now: ContinuousClock.Instant) -> SinkProgress

    /// Returns the records that were taken and are not done, for a shutdown.
    func pending(now: ContinuousClock.Instant) -> PendingRecords

    /// Called in each round of the loop, at least ten times a second.
    ///
    /// - Returns: The milliseconds after which it wants to be called again.
    func tick(now: ContinuousClock.Instant) -> Int

    /// Returns the stored offsets that librdkafka does not commit by itself, each once; see
    /// ``RecordLedger/takeDescents()``.
    func takeDescents() -> [RecordLedger.Descent]

    /// The partitions whose offsets went back, and where to continue. The sink drops their records until `restarted`.
    var rewinds: [KafkaTopicPartitionOffset] { get }

    /// Receives the answer to a commit of such offsets. librdkafka's background thread makes this call.
    func noteAnswer(to descents: [RecordLedger.Descent], isCommitted: Bool)

    /// The consumer is about to leave its group: the last moment to commit.
    func leave()

    /// The client is not used any more. The sink releases every reference to it.
    func close()
}

extension RecordSink {
    var readsByPartition: Bool { false }
    func reachedEnd(of partition: AssignedPartition, at offset: Int) {}
    func isUnknown(_ partition: KafkaTopicPartition) {}
    func tick(now: ContinuousClock.Instant) -> Int { .max }
    func takeDescents() -> [RecordLedger.Descent] { [] }
    var rewinds: [KafkaTopicPartitionOffset] { [] }
    func noteAnswer(to descents: [RecordLedger.Descent], isCommitted: Bool) {}
    func leave() {}
    func close() {}
}

/// Whether the application takes the records of a ``RecordSink``.
struct SinkProgress: Equatable {
    /// A number that changes whenever a record is taken.
    var taken: Int
    /// Whether the application waits for a record, or has none.
    var isIdle: Bool
}

/// The records that the application has taken and not finished.
struct PendingRecords {
    struct Record: Equatable {
        let place: KafkaTopicPartitionOffset
        /// When it was taken, to a tenth of a second.
        let since: ContinuousClock.Instant
    }

    /// The records whose handlers a shutdown waits for.
    var held: [Record] = []
    /// Whether other records were taken, and the application finished one a moment ago.
    var isFinishing = false
}
