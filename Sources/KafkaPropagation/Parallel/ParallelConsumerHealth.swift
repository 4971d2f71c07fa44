public import ContextPropagation

/// Says whether a ``ParallelConsumer`` works, and if not, why nothing moves.
///
///     server.get("/livez") { consumer.health.isLive ? .ok : .serviceUnavailable }
///     server.get("/readyz") { consumer.health.isReady ? .ok : .serviceUnavailable }
///     log.info("consumer") { $0.health = consumer.health }
public struct ParallelConsumerHealth: Equatable, Sendable {
    /// The state of the consumer, the most serious one first.
    public struct Condition: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `disconnected`.
        public let description: String

        /// It has ended, by a shutdown or because of ``ParallelConsumerHealth/error``.
        public static let ended = Condition(description: "ended")
        /// It was asked to shut down and waits for its handlers.
        public static let shuttingDown = Condition(description: "shutting down")
        /// The last request to the cluster failed. The consumer tries again by itself.
        public static let disconnected = Condition(description: "disconnected")
        /// It joins its group for the first time, or asks the group where its new partitions begin.
        public static let starting = Condition(description: "starting")
        /// The group has taken its partitions away, and has not yet answered which ones it gets.
        public static let rebalancing = Condition(description: "rebalancing")
        /// The group has given it no partition: the group has more members than partitions.
        public static let noAssignment = Condition(description: "no assignment")
        /// At least one partition has records and has not moved for ``ParallelConsumer/Options/stallTimeout``.
        public static let stalled = Condition(description: "stalled")
        /// It handles records, or waits for new ones.
        public static let working = Condition(description: "working")
    }

    /// The record that keeps a partition from moving.
    public struct StalledRecord: Equatable, Sendable {
        /// The stage of the record.
        public struct Stage: Hashable, Sendable, CustomStringConvertible {
            /// The name, as in `handler runs`.
            public let description: String

            /// It waits for a free handler.
            public static let queued = Stage(description: "waits for a handler")
            /// It waits for an earlier record with the same key.
            public static let blocked = Stage(description: "waits for an earlier record of its key")
            /// Its handler runs.
            public static let running = Stage(description: "handler runs")
            /// Its handler has failed, and it waits for its next attempt.
            public static let retrying = Stage(description: "waits for its next attempt")
            /// Its dead letter is not acknowledged yet.
            public static let deadLetter = Stage(description: "its dead letter is not sent yet")
            /// It left the memory because an earlier record of its key failed. Its key and context are not known.
            public static let setAside = Stage(description: "was set aside; waits to be read again")
            /// The consumer shuts down, and its handler does not begin any more. The partition's next member
            /// handles it.
            public static let leftBehind = Stage(description: "stays for the next member: the consumer shuts down")
        }

        /// The partition and offset of the record.
        public let topicPartitionOffset: KafkaTopicPartitionOffset
        /// Its key, as ``ParallelConsumer/Options/keyDisclosure`` allows; nil if it has none, or if the stage is
        /// ``Stage/setAside``.
        public let key: String?
        /// How many attempts have begun.
        public let attempts: Int
        /// The stage of the record.
        public let stage: Stage
        /// The earlier record that it waits for, if the stage is ``Stage/blocked``: a record of the same key, perhaps
        /// in another partition, or the same record in an earlier assignment whose handler has not ended.
        public let blocker: KafkaTopicPartitionOffset?
        /// The time until its next attempt, or until its dead letter is sent again; nil if it does not wait for a time.
        public let retryDelay: Duration?
        /// How long the partition has not moved.
        public let duration: Duration
        /// The context in which the record is handled; without fields if the stage is ``Stage/setAside``.
        public let context: LogContext
    }

    /// The state of the consumer.
    public let condition: Condition

    /// How long the condition has lasted, as far as the consumer has noticed: it looks once a second.
    public let duration: Duration

    /// The last error of the connection, or the error that ended the consumer.
    public let error: String?

    /// The records that keep partitions from moving, if the condition is ``Condition/stalled``.
    public let stalled: [StalledRecord]

    /// Whether to let the process run. It is false if only a restart helps: the consumer has ended because of an error,
    /// or its poll thread has made no round for a minute, beyond the time that a revoke may take. A cluster that cannot
    /// be reached and a handler that takes long are no reasons to restart: the record would come again.
    public let isLive: Bool

    /// Whether the consumer is connected and a member of its group. A member without a partition is ready: it is a
    /// standby, and a rollout that starts a new pod before it ends an old one waits for it.
    ///
    /// ``ParallelConsumer/readiness`` says the same as JSON, and is not up to a second old.
    public var isReady: Bool { [.working, .stalled, .noAssignment].contains(condition) }
}

extension ParallelConsumerHealth: CustomStringConvertible {
    /// The condition, its duration and its cause in one line.
    public var description: String {
        var text = "\(condition) for \(duration)"
        if let error { text += ": \(error)" }
        for record in stalled {
            text +=
                "; \(record.topicPartitionOffset) has been first for \(record.duration) (\(record.stage), attempt \(record.attempts)"
            if let key = record.key { text += ", key \(key)" }
            if let blocker = record.blocker { text += ", waits for \(blocker)" }
            if let delay = record.retryDelay { text += ", next try in \(delay)" }
            text += ")"
        }
        return text
    }
}

extension ParallelConsumer {
    /// Whether the consumer works, and why nothing moves if it does not. A read costs the handlers a short lock.
    public var health: ParallelConsumerHealth { engine.health(now: MonotonicTime.now) }
}
