/// A partition that this consumer reads, in one generation.
///
/// An assignment and a seek each begin a new generation. A record carries the generation in which it was read, so that
/// a commit that comes too late is told from one that counts.
struct AssignedPartition: Hashable, Sendable {
    let topicPartition: KafkaTopicPartition
    /// The place of the partition among all that this consumer has ever read; it never changes.
    let index: Int
    let generation: Int
}
