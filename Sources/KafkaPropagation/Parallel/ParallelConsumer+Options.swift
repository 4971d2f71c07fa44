extension ParallelConsumer {
    /// The settings of a ``ParallelConsumer`` beyond its ordering and concurrency. The defaults suit most programs.
    public struct Options: Sendable {
        /// How to order records without a key.
        public var recordsWithoutKey: KeylessOrdering = .spread

        /// The policy for a record whose handler throws.
        ///
        /// If it is nil, the consumer waits and handles the record again. With ``deadLetters`` it sends a dead letter
        /// after ten attempts; without, it never gives up. See ``RetryPolicy``.
        public var retry: RetryPolicy?

        /// The destination of records that the retry policy gives up. If it is nil, a record for which the policy
        /// decides on ``RetryPolicy/Decision/deadLetter`` stops the consumer.
        public var deadLetters: DeadLetters?

        /// The longest time between two commits of finished offsets. They are also committed when partitions are given
        /// back, and at the end. See ``commitCount``.
        public var commitInterval: Duration = .seconds(5)

        /// The number of finished records after which a commit comes before ``commitInterval`` is over.
        ///
        /// After a crash, the records that finished since the last commit come again. A low number keeps them few; a
        /// high number spares the broker. The next commit waits for the answer to the previous one, so at most one is
        /// on its way. Commits are also at least 2.5 milliseconds apart, and further apart from 50,000 records a second
        /// on: up to 25 milliseconds at 500,000 records a second. A commit that fails doubles the time to the next one,
        /// from 100 milliseconds up to 5 seconds. Numbers below 1 count as 1.
        ///
        /// Each commit has a log line, at level INFO once a second and for the last commit of a partition, and at level
        /// DEBUG otherwise.
        public var commitCount = 100

        /// How long the handlers of a partition that is given back may take to finish. Results that come later are
        /// dropped, and the records are handled again by the partition's next owner.
        ///
        /// The whole group waits for this member meanwhile. Keep it well below the session timeout.
        public var revokeTimeout: Duration = .seconds(3)

        /// The most records that are read and not finished. Each assigned partition gets an equal share.
        public var maximumRecords = 10_000

        /// The most bytes of keys and values that are read and not finished. Each assigned partition gets an equal
        /// share, and at least one record.
        ///
        /// The consumer estimates from the size of the latest records how many fit. When records become larger, each
        /// partition can exceed the bound for a while by about 2 MiB: by the records that librdkafka has fetched for
        /// it, which `queued.max.messages.kbytes` bounds.
        public var maximumBytes = 16 << 20

        /// How long nothing may move in a partition that has work before a warning says why; see
        /// ``ParallelConsumer/health``.
        public var stallTimeout: Duration = .seconds(60)

        /// How warnings and the health report show the key of a record.
        public var keyDisclosure: KeyDisclosure = .text

        /// The default settings.
        public init() {}
    }

    /// How log lines show the key of a record.
    public struct KeyDisclosure: Hashable, Sendable {
        enum Backing: Hashable, Sendable {
            case text
            case hash
            case none
        }

        let backing: Backing

        /// As text, or in base64 if it is not UTF-8; at most 256 bytes of it.
        public static let text = KeyDisclosure(backing: .text)

        /// As a hash: lines about the same key can be found, and the key cannot be read. The hash is 64 bits of FNV-1a,
        /// which does not protect keys that can be guessed.
        public static let hash = KeyDisclosure(backing: .hash)

        /// Not at all.
        public static let none = KeyDisclosure(backing: .none)
    }
}

extension ParallelConsumer {
    /// The destination of records that the retry policy gives up.
    public struct DeadLetters: Sendable {
        let topic: KafkaDeadLetterTopic
        let producer: KafkaProducer?

        /// Sends dead letters to a topic.
        ///
        /// - Parameters:
        ///   - topic: The topic, and the form of the dead letters. The consumer must not read it itself.
        ///   - producer: Sends them. A fatal error of it stops the consumer, and ``ParallelConsumer/run()`` throws that
        ///     error. If it is nil, the consumer makes an idempotent producer for the same cluster, with its own header
        ///     codecs, replaces it after a fatal error, and shuts it down with itself.
        public init(_ topic: KafkaDeadLetterTopic, through producer: KafkaProducer? = nil) {
            self.topic = topic
            self.producer = producer
        }

        /// Sends dead letters to one topic.
        public init(topic name: String) {
            self.init(KafkaDeadLetterTopic(name))
        }
    }
}
