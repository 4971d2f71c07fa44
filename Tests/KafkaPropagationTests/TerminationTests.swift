import ContextPropagation
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Kafka: termination signals", .timeLimit(.minutes(10)))
struct TerminationTests {
    @Test("SIGTERM stops the intake, every accepted job still sends its message, and the process ends in order")
    func inOrder() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let sent = Count()
            try await withTerminationSignals { signals in
                let producer = try KafkaProducer(kafka.producerConfiguration)
                let (intake, feed) = AsyncStream.makeStream(of: Int.self)
                for number in 0..<6 { feed.yield(number) }
                let isStopped = Gate()
                try await withWorkerPool(.init(name: "work", workers: 2)) { pool in
                    signals.onSignal {
                        feed.finish()
                        isStopped.open()
                    }
                    for await number in intake {
                        try await pool.submit {
                            await isStopped.pass()
                            try await producer.send(KafkaMessage(topic: "frames", value: "frame \(number)"))
                            sent.add()
                        }
                        if number == 5 { kill(getpid(), SIGTERM) }
                    }
                }
                try await producer.shutdown()
            }
            exit(sent.value == 6 ? 7 : 1)
        }
    }

    @Test("The sample of withTerminationSignals handles a record in its trace, commits it, and ends with status 0")
    func sample() async {
        await #expect(processExitsWith: .success) {
            let kafka = try EmbeddedKafka(topics: ["frames": 1, "detections": 1])
            let context = LogContext.newTrace()
            try await withLogContext(context) {
                try await withKafkaProducer(kafka.producerConfiguration) {
                    try await $0.send(KafkaMessage(topic: "frames", value: "x"))
                }
            }
            setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers, 1)
            let frames = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
            let handled = Count()
            @Sendable func handle(_ record: KafkaRecord, _ producer: KafkaProducer) async throws {
                kill(getpid(), SIGTERM)
                try await producer.send(KafkaMessage(topic: "detections", value: record.valueText ?? ""))
                if LogContext.current.traceID == context.traceID { handled.add() }
            }
            // The documentation of withTerminationSignals has these lines.
            try await withTerminationSignals { signals in
                try await withKafkaProducer(.fromEnvironment()) { producer in
                    let consumer = try ParallelConsumer(frames, maxConcurrency: 32) { try await handle($0, producer) }
                    signals.onSignal { consumer.triggerGracefulShutdown() }
                    try await consumer.run()
                }
            }
            let group = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
            let committed = try await withKafkaConsumer(group) { group in
                try await group.committed(topicPartitions: [KafkaTopicPartition(topic: "frames", partition: 0)])
            }
            exit(handled.value == 1 && committed.map(\.offset) == [1] ? 0 : 1)
        }
    }

    @Test("A loop that gives its records to a pool ends at a signal, and the records of its jobs are committed")
    func loopWithPool() async {
        await #expect(processExitsWith: .success) {
            let kafka = try EmbeddedKafka(topics: ["frames": 1, "detections": 1])
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                for number in 0..<4 {
                    try await producer.send(KafkaMessage(topic: "frames", value: "frame \(number)"))
                }
            }
            let frames = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
            let isStopped = Gate()
            let handled = Count()
            // The article "Write a Kafka service" has such a loop.
            try await withTerminationSignals { signals in
                try await withKafkaProducer(kafka.producerConfiguration) { producer in
                    try await withKafkaConsumer(frames) { consumer in
                        try await withWorkerPool(.init(name: "work", workers: 4)) { pool in
                            signals.onSignal {
                                consumer.triggerGracefulShutdown()
                                isStopped.open()
                            }
                            for try await record in consumer {
                                _ = try await record.withContext {
                                    try await pool.submit {
                                        await isStopped.pass()
                                        let value = record.valueText ?? ""
                                        try await producer.send(KafkaMessage(topic: "detections", value: value))
                                        try consumer.storeOffset(record)
                                        handled.add()
                                    }
                                }
                                if record.offset == 3 { kill(getpid(), SIGTERM) }
                            }
                        }
                    }
                }
            }
            let group = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
            let committed = try await withKafkaConsumer(group) { group in
                try await group.committed(topicPartitions: [KafkaTopicPartition(topic: "frames", partition: 0)])
            }
            exit(handled.value == 4 && committed.map(\.offset) == [4] ? 0 : 1)
        }
    }

    @Test("A cancellation by the signal that a call reports with its own error does not leave main as an error")
    func cancelledCall() async {
        await #expect(processExitsWith: .success) {
            let result: Void? = try await cancelOnTerminationSignal {
                kill(getpid(), SIGTERM)
                try? await Task.sleep(for: .seconds(600))
                throw KafkaError.cancelled
            }
            if result != nil { exit(1) }
        }
    }
}
