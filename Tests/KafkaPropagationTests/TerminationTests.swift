import ContextPropagation
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Kafka: termination signals", .timeLimit(.minutes(1)))
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
