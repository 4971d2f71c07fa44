import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// A producer counts the tasks that wait for it. While any does, its thread serves reports without a pause.
@Suite("Tasks that wait for a producer", .timeLimit(.minutes(10)))
struct ProducerWaitingTests {
    private let message = KafkaMessage(topic: "frames", value: "x")

    /// Whether a wait that begins now wakes the thread of the producer. It does only if no earlier wait is counted.
    ///
    /// Call it only after a shutdown, when no thread of the producer takes the wake.
    private func wakesThread(_ producer: KafkaProducer) -> Bool {
        let core = producer.core
        // Takes the wake of the shutdown.
        core.waker.wait(milliseconds: 0)
        core.beginWaiting()
        defer { core.endWaiting() }
        let start = ContinuousClock.now
        core.waker.wait(milliseconds: 60_000)
        return .now - start < .seconds(50)
    }

    /// Cancels a task that waits for room, and grants it room before it finds out. Returns whether it got the room.
    private func cancelBeforeGrant(_ core: ProducerCore) async -> Bool {
        while !Task.isCancelled {
            let ended = Count()
            let waiter = Task {
                defer { ended.add() }
                return await core.waitForRoom()
            }
            var granted: Promise<Void>?
            await until {
                // The waiter takes this lock before it ends, so it does not see its cancellation first.
                granted = core.state.withLock { state in
                    if !state.roomWaiters.isEmpty { waiter.cancel() }
                    return state.roomWaiters.popFirst()
                }
                return granted != nil || ended.value > 0
            }
            let isGranted = await waiter.value
            // Otherwise the thread of the producer was faster.
            if let granted {
                granted.resolve(())
                return isGranted
            }
        }
        return true
    }

    @Test("The last flush that is cancelled ends the sending without a linger")
    func cancelledFlush() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        let producer = try KafkaProducer(kafka.producerConfiguration)
        try producer.enqueue(message)
        let flushes = (1...2).map { _ in Task { try await producer.flush() } }
        await until { producer.core.state.withLock { $0.flushes } == 2 }
        for flush in flushes {
            #expect(producer.core.state.withLock { $0.flushed } != nil)
            flush.cancel()
            await #expect(throws: CancellationError.self) { try await flush.value }
        }
        #expect(producer.core.state.withLock { $0.flushed } == nil)
        try kafka.setBrokerUp(1)
        try await producer.shutdown()
    }

    @Test("The first wait wakes the producer's thread, and so does the first one after every other wait has ended")
    func wake() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let producer = try KafkaProducer(kafka.producerConfiguration)
        try await producer.shutdown()
        #expect(wakesThread(producer))
        #expect(wakesThread(producer))
    }

    @Test("No wait is counted any more after it ended with a report, with room or with a cancellation")
    func balance() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let producer = try KafkaProducer(kafka.producerConfiguration)
        let core = producer.core
        let message = message
        _ = try await producer.send(message)
        _ = try await producer.metadata(of: "frames")

        try kafka.setBrokerDown(1)
        #expect(await core.waitForRoom())
        let tasks =
            (0..<100).map { _ in Task { _ = await core.waitForRoom() } }
            + (0..<10).map { _ in Task { _ = try? await producer.send(message) } }
            + (0..<10).map { _ in Task { _ = try? await producer.flush() } }
            + (0..<10).map { _ in Task { _ = try? await producer.metadata(timeout: .milliseconds(100)) } }
        for (index, task) in tasks.enumerated() {
            // Some of them have begun to wait, and some have not.
            if index % 10 == 0 { await Task.yield() }
            task.cancel()
        }
        for task in tasks { await task.value }
        for _ in 0..<3 { #expect(await !cancelBeforeGrant(core)) }

        try kafka.setBrokerUp(1)
        try await producer.flush()
        try await producer.shutdown()
        #expect(core.waitingForRoom == 0)
        #expect(wakesThread(producer))
    }

    @Test("No wait is counted any more after a shutdown ended it")
    func shutdown() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.maximumQueuedMessages = 1
        configuration.shutdownTimeout = .milliseconds(1)
        let producer = try KafkaProducer(configuration)
        let message = message
        let sends = (0..<5).map { _ in Task { _ = try? await producer.send(message) } }
        let flush = Task { _ = try? await producer.flush() }
        await until { producer.statistics.outstanding == 1 && producer.core.waitingForRoom > 0 }
        await #expect(throws: KafkaError.self) { try await producer.shutdown() }
        for task in sends + [flush] { await task.value }
        #expect(wakesThread(producer))
        // After the end, a task does not begin to wait.
        #expect(await producer.core.waitForRoom())
        try await producer.flush()
        #expect(wakesThread(producer))
    }
}
