#if ServiceLifecycle
import ContextPropagation
import Foundation
import KafkaPropagation
import KafkaPropagationTesting
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite("Services of a ServiceGroup", .timeLimit(.minutes(10)))
struct ServiceGroupTests {
    /// Handles the records of a consumer in a loop, as a program does.
    private struct Detector: Service {
        let consumer: KafkaConsumer
        let handle: @Sendable (KafkaRecord) async throws -> Void

        func run() async throws {
            try await withGracefulShutdownHandler {
                for try await record in consumer {
                    try await record.withContext { try await handle(record) }
                    try consumer.storeOffset(record)
                }
                try await consumer.run()
            } onGracefulShutdown: { [consumer] in
                consumer.triggerGracefulShutdown()
            }
        }
    }

    /// Tells when the service runs.
    private struct Announced: Service {
        let service: any Service
        let begun: Gate

        func run() async throws {
            begun.open()
            try await service.run()
        }
    }

    private static func group(_ services: [any Service], endsAtSIGTERM: Bool = false) -> ServiceGroup {
        ServiceGroup(
            services: services,
            gracefulShutdownSignals: endsAtSIGTERM ? [.sigterm] : [],
            logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static func kafka(records: Int) async throws -> EmbeddedKafka {
        let kafka = try EmbeddedKafka(topics: ["frames": 1, "detections": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<records { try await producer.send(KafkaMessage(topic: "frames", value: "\(number)")) }
        }
        return kafka
    }

    @Test("SIGTERM ends the intake first; then handlers, jobs and messages end, in the reverse order of the list")
    func reverseOrder() async {
        await #expect(processExitsWith: .success) { try await ServiceGroupTests.reverseOrderAlone() }
    }

    static func reverseOrderAlone() async throws {
        let kafka = try await kafka(records: 20)
        let producer = try KafkaProducer(kafka.producerConfiguration)
        let pool = WorkerPool(.init(name: "work", workers: 2))
        let begun = Count()
        let sent = Count()
        let isStopped = Gate()
        let configuration = kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"]))
        let consumer = try ParallelConsumer(configuration, ordering: .unordered, maxConcurrency: 4) { record in
            begun.add()
            if begun.value == 4 { kill(getpid(), SIGTERM) }
            await isStopped.pass()
            // The pool takes the job and the producer the message, although the shutdown has begun.
            let job = try await pool.submit {
                try await producer.send(KafkaMessage(topic: "detections", value: record.valueText ?? ""))
                sent.add()
            }
            try await job.value
        }
        let end = Task {
            await until { begun.value == 4 && consumer.health.condition == .shuttingDown }
            isStopped.open()
        }
        try await group([producer, pool, consumer], endsAtSIGTERM: true).run()
        await end.value
        #expect(begun.value == 4 && sent.value == 4)
        #expect(producer.statistics.delivered == 4 && producer.statistics.failed == 0)
        await #expect(throws: WorkerPoolError.self) { try await pool.submit {} }
        await #expect(throws: KafkaError.self) {
            try await producer.send(KafkaMessage(topic: "detections", value: "late"))
        }
        // The records that no handler began are there for the next member.
        let next = try KafkaConsumer(configuration)
        var offsets: Set<Int> = []
        for try await record in next {
            offsets.insert(record.offset.rawValue)
            if offsets.count == 16 { break }
        }
        #expect(offsets.count == 16)
        await next.shutdown()
    }

    @Test("A service that iterates a consumer finishes its record, and the group ends without an error")
    func iteration() async throws {
        let kafka = try await Self.kafka(records: 5)
        let consumer = try KafkaConsumer(kafka.consumerConfiguration(.all("frames")))
        let producer = try KafkaProducer(kafka.producerConfiguration)
        let begun = Gate()
        let mayEnd = Gate()
        let handled = Count()
        let detector = Detector(consumer: consumer) { record in
            begun.open()
            await mayEnd.pass()
            try await producer.send(KafkaMessage(topic: "detections", value: "x"))
            handled.add()
        }
        let group = Self.group([producer, detector])
        async let ended: Void = group.run()
        await begun.pass()
        await group.triggerGracefulShutdown()
        mayEnd.open()
        try await ended
        #expect(handled.value == 1 && producer.statistics.delivered == 1)
    }

    @Test(
        "Each client and pool ends when its group asks for it, and when its group is cancelled",
        arguments: [true, false]
    )
    func each(isGraceful: Bool) async throws {
        let kafka = try await Self.kafka(records: 0)
        let services: [any Service] = [
            try KafkaProducer(kafka.producerConfiguration),
            try KafkaConsumer(kafka.consumerConfiguration(.all("frames"))),
            try ParallelConsumer(kafka.consumerConfiguration(.all("frames")), maxConcurrency: 1) { _ in },
            WorkerPool(.init(name: "work", workers: 1)),
        ]
        for service in services {
            let begun = Gate()
            let group = Self.group([Announced(service: service, begun: begun)])
            let run = Task { try await group.run() }
            await begun.pass()
            if isGraceful {
                await group.triggerGracefulShutdown()
                try await run.value
            } else {
                run.cancel()
                _ = await run.result
            }
        }
    }
}
#endif
