import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The health of a parallel consumer on a line", .timeLimit(.minutes(10)))
struct ParallelHealthFieldTests {
    @Test("A line shows the condition, and for each stalled partition the record with its trace")
    func stalled() {
        let record = ParallelConsumerHealth.StalledRecord(
            topicPartitionOffset: KafkaTopicPartitionOffset(topic: "frames", partition: 3, offset: 17),
            key: "north",
            attempts: 2,
            stage: .retrying,
            blocker: nil,
            retryDelay: .milliseconds(2500),
            duration: .milliseconds(61_000),
            context: LogContext(traceID: TraceID(high: 7, low: 1))
        )
        let health = ParallelConsumerHealth(
            condition: .stalled,
            duration: .milliseconds(1500),
            error: nil,
            stalled: [record],
            isLive: true
        )
        #expect(
            json { $0.health = health }
                == #"{"health":{"condition":"stalled","since_ms":1500,"live":true,"ready":true,"stalled":[{"#
                + #""topic":"frames","partition":3,"offset":17,"key":"north","attempt":2,"#
                + #""stage":"waits for its next attempt","retry_ms":2500,"since_ms":61000,"#
                + #""trace_id":"00000000000000070000000000000001"}]}}"#
        )
    }

    @Test("A consumer without a connection shows the error, and is live but not ready")
    func disconnected() {
        let health = ParallelConsumerHealth(
            condition: .disconnected,
            duration: .seconds(2),
            error: "Connection refused",
            stalled: [],
            isLive: true
        )
        #expect(
            json { $0.health = health }
                == #"{"health":{"condition":"disconnected","since_ms":2000,"live":true,"ready":false,"#
                + #""error":"Connection refused"}}"#
        )
    }
}
