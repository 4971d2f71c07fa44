internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Dispatch

/// A consumer that leaves its group, which must end within a time.
struct LeavingGroup: Sendable {
    let client: ClientHandle
    let deadline: ContinuousClock.Instant

    /// Answers a rebalance: the consumer takes no partitions.
    ///
    /// While a group ends, librdkafka takes every assignment as none (`rd_kafka_cgrp_handle_assign_op`).
    /// `rd_kafka_assign` waits for librdkafka's main thread without a limit, and this thread discards the request
    /// without an answer if the group ends at that moment (`rd_kafka_cgrp_terminated`, librdkafka 2.0). The call
    /// therefore has a thread of its own, which then never ends. It keeps the client, because it may begin late.
    func assignNothing() {
        let answered = DispatchSemaphore(value: 0)
        let isStarted = NamedThread.start("kafka-unassign") { [client] in
            rd_kafka_assign(client.pointer, nil)
            answered.signal()
        }
        guard isStarted else { return }
        while answered.wait(timeout: .now() + .milliseconds(10)) == .timedOut {
            if rd_kafka_consumer_closed(client.pointer) != 0 || ContinuousClock.now >= deadline { return }
        }
    }
}
