extension ParallelConsumer {
    /// Which records wait for each other. The records that wait for each other are handled one at a time, in the order
    /// of their offsets; all others run in parallel.
    public struct Ordering: Sendable {
        enum Backing: Sendable {
            case key
            case partition
            case unordered
            case header(String)
            case custom(@Sendable (KafkaRecord) -> [UInt8]?)
        }

        let backing: Backing

        /// The records of a topic with the same key, compared as bytes.
        public static let key = Ordering(backing: .key)

        /// The records of the same partition: as many handlers run as there are partitions.
        public static let partition = Ordering(backing: .partition)

        /// None: every record may run beside every other one.
        public static let unordered = Ordering(backing: .unordered)

        /// The records with the same value of a header, compared as bytes, in any topic and partition.
        ///
        /// The last header of this name counts. Records without it, or with a null value, are records without a key.
        public static func header(_ name: String) -> Ordering {
            Ordering(backing: .header(name))
        }

        /// The records for which a closure returns the same bytes, in any topic and partition.
        ///
        /// - Parameter key: Returns the bytes; nil for a record without a key. It runs on the poll thread for each
        ///   record, so it must be quick and must not block. After a batch has failed, it runs again for the records of
        ///   the batch, in the task of the handler, and must return the same bytes for each of them.
        public static func by(_ key: @escaping @Sendable (KafkaRecord) -> [UInt8]?) -> Ordering {
            Ordering(backing: .custom(key))
        }
    }

    /// How to order records without a key.
    public struct KeylessOrdering: Hashable, Sendable {
        let isSerial: Bool

        /// They wait for no other record.
        public static let spread = KeylessOrdering(isSerial: false)

        /// Those of the same partition are handled one at a time, in order.
        public static let serial = KeylessOrdering(isSerial: true)
    }
}
