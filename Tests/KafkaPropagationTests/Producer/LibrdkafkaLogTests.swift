import ContextLog
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import ContextPropagation
@testable import KafkaPropagation

@Suite("librdkafka's own log lines", .timeLimit(.minutes(1)))
struct LibrdkafkaLogTests {
    private static func line(_ number: Int) -> LibrdkafkaLog.Line {
        LibrdkafkaLog.Line(level: 6, client: nil, facility: nil, text: "\(number)")
    }

    @Test("Lines keep their order, and lines beyond the capacity are dropped and counted")
    func capacity() async {
        let written = Locked<[String]>([])
        let dropped = Promise<Int>()
        let isBlocked = Promise<Void>()
        let proceed = DispatchSemaphore(value: 0)
        let log = LibrdkafkaLog(capacity: 10) { line in
            written.change { $0.append(line.text) }
            if line.text == "0" {
                isBlocked.resolve(())
                proceed.wait()
            }
        } dropped: { count in
            dropped.resolve(count)
        }
        log.add(Self.line(0))
        await isBlocked.value
        for number in 1...25 { log.add(Self.line(number)) }
        proceed.signal()
        #expect(await dropped.value == 15)
        #expect(written.value == (0...10).map(String.init))
    }

    @Test("A backend may call the client whose line it gets, and a slow backend does not delay the client")
    func reentrance() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1, "lines": 1])
        let configuration = kafka.producerConfiguration
        let producer = try KafkaProducer(configuration)
        let captured = Locked(0)
        let isShipping = Promise<Void>()
        let proceed = DispatchSemaphore(value: 0)
        let log = LibrdkafkaLog(capacity: 100) { line in
            // This waits for a report, which arrives only while librdkafka's threads run.
            try? producer.enqueue(KafkaMessage(topic: "lines", value: line.text)) { _ in proceed.signal() }
            proceed.wait()
            captured.change { $0 += 1 }
            isShipping.resolve(())
        } dropped: { _ in
        }
        log.add(Self.line(1))
        await isShipping.value
        #expect(captured.value == 1)
        try await producer.send(KafkaMessage(topic: "frames", value: "x"))
        try await producer.shutdown()
    }

    @Test("A client's lines reach the backend on the thread for lines, not on librdkafka's threads")
    func thread() async {
        await #expect(processExitsWith: .success) {
            let threads = AsyncStream<String>.makeStream()
            Log.install(ThreadRecorder { name in threads.continuation.yield(name) })
            // Nothing listens on that port.
            var configuration = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]))
            configuration.shutdownTimeout = .zero
            let producer = try KafkaProducer(configuration)
            var iterator = threads.stream.makeAsyncIterator()
            #expect(await iterator.next() == "kafka-log")
            try await producer.shutdown()
        }
    }
}

/// A backend that records the thread on which it gets lines of librdkafka.
private final class ThreadRecorder: LogBackend {
    private let record: @Sendable (String) -> Void

    init(_ record: @escaping @Sendable (String) -> Void) {
        self.record = record
    }

    func log(_ event: borrowing Log.Event) {
        guard event.label == "kafka.librdkafka" else { return }
        let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        record(name?.trimmingCharacters(in: .newlines) ?? "")
    }
}
