import Foundation
import KafkaPropagationTesting
import Synchronization
import TestSupport
import Testing

@testable import ContextPropagation
@testable import KafkaPropagation

@Suite("The end of a producer", .serialized, .timeLimit(.minutes(10)))
struct ProducerEndTests {
    /// `RACE_ROUNDS` sets a larger number.
    private let rounds = ProcessInfo.processInfo.environment["RACE_ROUNDS"].flatMap(Int.init)
    private static let kafka = Result { () throws(KafkaError) in try EmbeddedKafka(topics: ["frames": 2]) }

    @Test(
        "In many races with the shutdown, each accepted message gets one report, and each refused message an error"
    )
    func enqueueRaces() async throws {
        var configuration = try Self.kafka.get().producerConfiguration
        configuration.linger = .zero
        // The shutdown must send the messages of a full queue within its timeout, also on a busy machine.
        configuration.maximumQueuedMessages = 1000
        for round in 0..<(rounds ?? 100) {
            let producer = try KafkaProducer(configuration)
            // The connection exists, so little happens between the last message and the end.
            try await producer.send(KafkaMessage(topic: "frames", value: "x"))
            let accepted = Count()
            let reported = Count()
            // These are threads, because a loop that never suspends would occupy Swift's whole cooperative pool.
            let enqueuers = (0..<3).map { _ in
                let refusal = Promise<KafkaError.Code>()
                let isStarted = NamedThread.start("enqueuer") {
                    while true {
                        do throws(KafkaError) {
                            try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) { _ in reported.add() }
                            accepted.add()
                        } catch {
                            // On a busy machine, the queue may be full before the shutdown begins.
                            if error.code == .queueFull {
                                usleep(1000)
                                continue
                            }
                            refusal.resolve(error.code)
                            return
                        }
                    }
                }
                #expect(isStarted)
                return refusal
            }
            while accepted.value < round % 4 { await Task.yield() }
            producer.triggerGracefulShutdown()
            for enqueuer in enqueuers { #expect(await enqueuer.value == .shutdown) }
            try await producer.shutdown()
            // A shutdown without an error has reported every message.
            #expect(accepted.value == reported.value)
            if accepted.value != reported.value { return }
        }
    }

    @Test("In many races with the shutdown, every send ends with an offset or with an error")
    func sendRaces() async throws {
        var configuration = try Self.kafka.get().producerConfiguration
        configuration.linger = .zero
        for round in 0..<(rounds ?? 50) {
            let producer = try KafkaProducer(configuration)
            let acknowledged = Count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        do {
                            while true {
                                try await producer.send(KafkaMessage(topic: "frames", value: "x"))
                                acknowledged.add()
                            }
                        } catch let error as KafkaError {
                            #expect(error.code == .shutdown)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<round % 40 { await Task.yield() }
                    try await producer.shutdown()
                }
                try await group.waitForAll()
            }
            #expect(producer.statistics.delivered == acknowledged.value)
        }
    }

    @Test("Tasks that were cancelled while they waited for room are forgotten")
    func cancelledWaiters() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.shutdownTimeout = .zero
        let producer = try KafkaProducer(configuration)
        try producer.enqueue(KafkaMessage(topic: "frames", value: "x"))
        let waiting = (0..<1000).map { _ in Task { try await producer.waitForRoom() } }
        for task in waiting { task.cancel() }
        for task in waiting { _ = await task.result }
        #expect(producer.core.waitingForRoom == 0)
        _ = try? await producer.shutdown()
    }

    @Test("The sequence of reports ends after a shutdown, or after the requested number of reports")
    func reportsEnd() async throws {
        let kafka = try Self.kafka.get()
        let messages = (0..<3).map { KafkaMessage(topic: "frames", value: "\($0)") }
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            let reports = producer.deliveryReports
            for message in messages { try producer.enqueue(message) }
            var count = 0
            for await report in reports.prefix(messages.count) where report.isAcknowledged { count += 1 }
            #expect(count == 3)

            for message in messages { try producer.enqueue(message) }
            producer.triggerGracefulShutdown()
            for await report in reports where report.isAcknowledged { count += 1 }
            #expect(count == 6)
        }
    }

    @Test("The close waits for every earlier caller and admits no later one, in thousands of races")
    func gateRaces() {
        for _ in 0..<5000 {
            let race = GateRace()
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                if thread == 0 { race.close() } else { race.enter() }
            }
            #expect(race.work.value == race.seenAtTheEnd.value)
        }
    }
}

private final class GateRace: Sendable {
    private let gate = ProduceGate()
    let work = Count()
    let seenAtTheEnd = Count()

    func enter() {
        while gate.enter() {
            work.add()
            gate.leave()
        }
    }

    func close() {
        gate.close()
        while !gate.isEmptyForGood {}
        for _ in 0..<work.value { seenAtTheEnd.add() }
    }
}
