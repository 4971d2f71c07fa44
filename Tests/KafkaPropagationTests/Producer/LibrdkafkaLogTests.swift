import ContextLog
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import ContextPropagation
@testable import KafkaPropagation

@Suite("librdkafka's own log lines", .timeLimit(.minutes(10)))
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

    @Test("Lines that wait when the process exits are written first")
    func exitWithWaitingLines() async throws {
        let file = try TemporaryFile()
        await #expect(processExitsWith: .success) { [path = file.path as String] in
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            Log.install(
                BackendForLibrdkafka { message in
                    usleep(1000)
                    let line = "[\(message)]"
                    write(descriptor, line, line.utf8.count)
                }
            )
            for number in 0..<5 { LibrdkafkaLog.shared.add(LibrdkafkaLogTests.line(number)) }
            exit(0)
        }
        #expect(file.text == (0..<5).map { "[\($0)]" }.joined())
    }

    @Test("A backend that never returns, or that ends the process itself, does not keep the process alive")
    func exitWithStuckBackend() async {
        // The alarm ends a process that does not end by itself, and so the test fails.
        await #expect(processExitsWith: .success) {
            alarm(120)
            let isStuck = DispatchSemaphore(value: 0)
            let never = DispatchSemaphore(value: 0)
            Log.install(
                BackendForLibrdkafka { _ in
                    isStuck.signal()
                    never.wait()
                }
            )
            LibrdkafkaLog.shared.add(LibrdkafkaLogTests.line(0))
            isStuck.wait()
            exit(0)
        }
        await #expect(processExitsWith: .exitCode(7)) {
            alarm(120)
            Log.install(BackendForLibrdkafka { _ in exit(7) })
            LibrdkafkaLog.shared.add(LibrdkafkaLogTests.line(0))
            DispatchSemaphore(value: 0).wait()
        }
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

/// A backend that passes on the texts of librdkafka's lines.
private final class BackendForLibrdkafka: LogBackend {
    private let write: @Sendable (String) -> Void

    init(_ write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    func log(_ event: borrowing Log.Event) {
        if event.label == "kafka.librdkafka" { write(event.message) }
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
