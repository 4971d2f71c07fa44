/// A record as the key scheduler sees it.
package protocol ScheduledRecord: Sendable {
    /// Whether two records that were added with ``SchedulingLane/key(hash:)`` have the same key.
    ///
    /// The scheduler asks this only for records with the same hash.
    func hasSameKey(as other: Self) -> Bool
}

/// Which other records a record waits for. Records of one lane are handled one after another, in the order in which
/// they were added.
package enum SchedulingLane: Hashable, Sendable {
    /// The record waits for other records with this key, in any partition.
    ///
    /// Make the hash with Swift's seeded `Hasher`, so that senders cannot choose keys that collide.
    case key(hash: Int)
    /// The record waits for the other records of its partition that were added to this lane.
    case partition
    /// The record waits for no other record.
    case none
}

/// The name of one record in the scheduler. The scheduler never gives the name of a record that has left to another
/// one.
package struct ScheduledJobID: Hashable, Sendable {
    let index: Int
    let life: UInt64
}
