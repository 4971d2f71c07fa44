/// A partition that this consumer reads, in one generation.
///
/// An assignment and a seek each begin a new generation. A record carries the generation in which it was read, so that
/// a commit that comes too late can be recognized.
struct AssignedPartition: Hashable, Sendable {
    let topicPartition: KafkaTopicPartition
    /// The index of the partition among all partitions that this consumer has ever read. It never changes.
    let index: Int
    let generation: Int
}
