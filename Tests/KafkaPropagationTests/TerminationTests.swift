import ContextPropagation
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Kafka: termination signals", .timeLimit(.minutes(3)))
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

    @Test("The sample of withTerminationSignals handles a record and ends with status 0 at a signal")
    func sample() async {
        await #expect(processExitsWith: .success) {
            let kafka = try EmbeddedKafka(topics: ["frames": 1, "detections": 1])
            try await withKafkaProducer(kafka.producerConfiguration) {
                try await $0.send(KafkaMessage(topic: "frames", value: "x"))
            }
            setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers, 1)
            let configuration = kafka.consumerConfiguration(.all("frames"))
            let handled = Count()
            @Sendable func handle(_ record: KafkaRecord, _ producer: KafkaProducer) async throws {
                kill(getpid(), SIGTERM)
                try await producer.send(KafkaMessage(topic: "detections", value: record.valueText ?? ""))
                handled.add()
            }
            // The documentation of withTerminationSignals and the README have these lines.
            try await withTerminationSignals { signals in
                try await withKafkaProducer(.fromEnvironment()) { producer in
                    try await withKafkaConsumer(configuration) { consumer in
                        try await withWorkerPool(.init(name: "work", workers: 8)) { pool in
                            signals.onSignal { consumer.triggerGracefulShutdown() }
                            for try await record in consumer {
                                try await pool.submit { try await handle(record, producer) }
                            }
                        }
                    }
                }
            }
            exit(handled.value == 1 ? 0 : 1)
        }
    }

    @Test("A cancellation by the signal that a call reports with its own error does not leave main as an error")
    func cancelledCall() async {
        await #expect(processExitsWith: .success) {
            let result: Void? = try await withTerminationSignals {
                kill(getpid(), SIGTERM)
                try? await Task.sleep(for: .seconds(600))
                throw KafkaError.cancelled
            }
            if result != nil { exit(1) }
        }
    }
}
