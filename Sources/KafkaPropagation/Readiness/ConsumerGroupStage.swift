/// The stage of a consumer in its group.
enum ConsumerGroupStage: UInt8, Sendable, CaseIterable {
    /// It joins for the first time. A parallel consumer also counts as joining until its partitions have begun.
    case joining
    /// The group has answered which partitions it gets, perhaps none; or it reads partitions by name.
    case assigned
    /// Its partitions were taken away, and the group has not answered yet.
    case rebalancing
}
