internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// Makes librdkafka fetch again as soon as a partition's queue has room.
///
/// librdkafka does not fetch for a partition whose queue is full. Before version 2.2 it looks at the queue again only
/// when a broker's thread happens to wake, up to a second later. With small queues a quick consumer would wait most of
/// the time. Any request to that broker wakes the thread, so this sends one. From version 2.2 on, the property
/// `fetch.queue.backoff.ms` does the same, and nothing is sent.
final class FetchNudge: Sendable {
    private struct State {
        var partition: KafkaTopicPartition?
        var isRunning = false
    }

    static let isNeeded = rd_kafka_version() < 0x0202_0000

    private let state = Mutex(State())

    /// Whether a request is on its way.
    var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Sends a request to the leader of a partition, on a thread of its own. While one is on its way, the latest
    /// partition waits.
    func nudge(_ partition: KafkaTopicPartition, _ client: ClientHandle) {
        let isRunning = state.withLock { state in
            defer { state.isRunning = true }
            state.partition = partition
            return state.isRunning
        }
        if isRunning { return }
        let isStarted = NamedThread.start("kafka-nudge") { [self] in
            // The answer does not matter.
            while let next = take() { _ = try? client.end(of: next, milliseconds: 1000) }
        }
        if !isStarted { state.withLock { $0.isRunning = false } }
    }

    private func take() -> KafkaTopicPartition? {
        state.withLock { state in
            let next = state.partition.take()
            state.isRunning = next != nil
            return next
        }
    }
}

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
        return after < limit / 2 && full.remove(partition) != nil
    }
}
