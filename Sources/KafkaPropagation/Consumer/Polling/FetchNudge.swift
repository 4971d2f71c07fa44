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
