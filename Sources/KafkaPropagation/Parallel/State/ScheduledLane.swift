/// A lane: a list of records that are handled one after another, the oldest first.
struct ScheduledLane: Sendable {
    /// The index that stands for no job, no lane and no partition.
    static let absent = -1

    enum Kind: Equatable, Sendable {
        case key(hash: Int)
        case partition(Int)
        /// One record of a lost assignment whose handler has not ended. The same record waits behind it if the
        /// partition comes back.
        case record(partition: Int, offset: Int)
    }

    var kind: Kind
    var head = absent
    var tail = absent
    /// How many records of the lane are busy; see ``ScheduledJob/isBusy``. The other records wait until there are none.
    var busy = 0
    /// The next lane in the same bucket of the table.
    var nextInBucket = absent
}
