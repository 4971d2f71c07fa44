/// The receiver of the records that a ``PollLoop`` reads. A loop has one sink.
///
/// The loop makes every call on its poll thread, between two reads of librdkafka, unless a method says otherwise. No
/// call may block: a member of a group that does not poll loses its partitions. `revoked` alone may block, for at most
/// the time that it is given.
///
/// An assignment and a seek each begin a new generation of a partition. A record of an older generation does not count
/// any more, and its result is to be dropped.
protocol RecordSink: AnyObject, Sendable {
    /// How many more records the loop may read. After 0 the sink wakes the loop when there is room again.
    ///
    /// - Parameter averageSize: The bytes of a record, as they were until now.
    func room(averageSize: Int) -> Int

    /// Takes records that were read, of partitions that are assigned.
    func receive(_ batch: RecordBatch)

    /// These partitions are read from now on.
    func assigned(_ partitions: [AssignedPartition])

    /// These partitions are about to be given back: the sink drops their records. Offsets that are to be committed
    /// must be stored, or sent, before this returns.
    ///
    /// - Parameters:
    ///   - isLost: Whether another member may read them already. Then no offset can be committed.
    ///   - timeout: How long the sink may wait for work in flight.
    /// - Returns: How many records were read and not taken.
    func revoked(_ partitions: [AssignedPartition], isLost: Bool, timeout: Duration) -> Int

    /// These partitions go on elsewhere, in a new generation: the sink drops their records.
    ///
    /// - Parameter offsets: Where each of them goes on, if that is a number.
    func restarted(_ partitions: [AssignedPartition], at offsets: [KafkaOffset?])

    /// The sink holds the records of these partitions back until `resumed`.
    func paused(_ partitions: [AssignedPartition])

    /// The sink hands out the records of these partitions again.
    func resumed(_ partitions: [AssignedPartition])

    /// No more records come. May be called on any thread, and more than once: the first call counts.
    ///
    /// - Parameters:
    ///   - error: The reason, if it is an error.
    ///   - discarding: Whether records that were not taken are dropped.
    func end(_ error: KafkaError?, discarding: Bool)

    /// Whether the application takes records.
    func progress(now: ContinuousClock.Instant) -> SinkProgress

    /// The records that were taken and are not done, for a shutdown.
    func pending(now: ContinuousClock.Instant) -> PendingRecords
}

/// Whether the application takes the records of a ``RecordSink``.
struct SinkProgress: Equatable {
    /// Changes whenever a record is taken.
    var taken: Int
    /// Whether the application waits for a record, or has none.
    var isIdle: Bool
}

/// Records that the application has taken and not finished.
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
