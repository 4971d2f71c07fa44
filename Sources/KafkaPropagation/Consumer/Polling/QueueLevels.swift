/// Tells when the queue of a partition has room again after it was full. A pure value.
struct QueueLevels {
    private let recordLimit: Int
    private let byteLimit: Int
    private var full: Set<Int> = []

    /// - Parameters:
    ///   - recordLimit: The number of records from which on librdkafka stops to fetch (`queued.min.messages`).
    ///   - byteLimit: The bytes from which on it does (`queued.max.messages.kbytes`).
    init(recordLimit: Int, byteLimit: Int) {
        self.recordLimit = recordLimit
        self.byteLimit = byteLimit
    }

    /// Makes a value with the limits of this configuration.
    init(_ native: borrowing NativeConfiguration) {
        self.init(
            recordLimit: native.number(named: "queued.min.messages") ?? 100_000,
            byteLimit: (native.number(named: "queued.max.messages.kbytes") ?? 65_536) * 1024
        )
    }

    /// Notes how long a queue is before and after it was read. The size of a queue is estimated.
    ///
    /// - Returns: Whether it has room again after it was full; once for each time that it was full.
    mutating func note(_ partition: Int, before: Int, after: Int, averageSize: Int) -> Bool {
        let limit = min(recordLimit, byteLimit / max(1, averageSize))
        // The estimate may be too small.
        if before >= limit - limit / 4 { full.insert(partition) }
        // A single record may be larger than half of the limit: the queue has room when it is empty.
        return after < max(1, limit / 2) && full.remove(partition) != nil
    }
}
