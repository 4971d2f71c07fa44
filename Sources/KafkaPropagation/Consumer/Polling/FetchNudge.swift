internal import CRDKafka
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
        var next = ContinuousClock.now
    }

    static let isNeeded = rd_kafka_version() < 0x0202_0000

    /// A queue with fewer records is about to run empty.
    private static let lowLevel = 2000
    private static let interval = Duration.milliseconds(20)

    private let state = Mutex(State())

    /// Sends a request to the leader of a partition if the partition's queue is about to run empty although the
    /// partition has more records.
    ///
    /// - Parameters:
    ///   - partition: The partition that was read.
    ///   - offset: The offset behind the last record that was read.
    ///   - queued: The number of records in its queue.
    ///   - client: The consumer's client.
    func noteRead(of partition: KafkaTopicPartition, to offset: Int, queued: Int, _ client: ClientHandle) {
        guard queued < Self.lowLevel, let end = client.knownEnd(of: partition), end > offset + queued else { return }
        nudge(partition, client, now: .now)
    }

    /// The request has a thread of its own. While one is on its way, the latest partition waits.
    private func nudge(_ partition: KafkaTopicPartition, _ client: ClientHandle, now: ContinuousClock.Instant) {
        let isBusy = state.withLock { state in
            if now < state.next { return true }
            state.next = now + Self.interval
            state.partition = partition
            defer { state.isRunning = true }
            return state.isRunning
        }
        if isBusy { return }
        let isStarted = NamedThread.start("kafka-nudge") { [self] in
            while let next = take() { Self.ask(next, client) }
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

    /// The answer does not matter.
    private static func ask(_ partition: KafkaTopicPartition, _ client: ClientHandle) {
        var low: Int64 = 0
        var high: Int64 = 0
        _ = rd_kafka_query_watermark_offsets(
            client.pointer,
            partition.topic,
            partition.partition.native,
            &low,
            &high,
            1000
        )
    }
}
