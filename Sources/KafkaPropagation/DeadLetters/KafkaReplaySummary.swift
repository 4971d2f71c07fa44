/// The numbers of records that a replay sent and skipped.
public struct KafkaReplaySummary: Hashable, Sendable {
    /// Records that were sent to their origin and acknowledged.
    public var replayed = 0

    /// Records that were skipped because no header names an origin: no dead letters.
    public var withoutOrigin = 0

    /// Records that were skipped because one of the dead letter's headers is not of its form.
    public var malformed = 0

    /// Records that the caller left out.
    public var filtered = 0

    /// A summary in which every number is 0.
    public init() {}

    /// Records that were skipped, for any reason. They stay in the dead-letter topic.
    public var skipped: Int { withoutOrigin + malformed + filtered }
}
