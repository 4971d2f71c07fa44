import BenchmarkSupport
import CKafkaFloor
import ContextPropagation
import KafkaPropagation
import Synchronization

extension Candidate {
    static let producers =
        [
            floor("C: producev, one header") { bootstrapServers, records in
                ckafkafloor_produce(bootstrapServers, Cluster.produced, records) { Usage.start() }
            }
        ] + enqueueing("one header", HeaderCodecs([.traceContext])) + enqueueing("default headers", .environment)
        + [1_000, 10_000].map(sending)

    /// The three ways to enqueue messages without waiting for their acknowledgement.
    private static func enqueueing(_ headers: String, _ codecs: HeaderCodecs) -> [Candidate] {
        [
            producing("enqueue, \(headers)", codecs) { producer, records in
                try await enqueue(records, to: producer) { try producer.enqueue($0) }
            },
            producing("enqueue and read the reports, \(headers)", codecs) { producer, records in
                let reports = producer.deliveryReports
                let reader = Task.detached {
                    var count = 0
                    for await _ in reports {
                        count += 1
                        if count == records { break }
                    }
                }
                try await enqueue(records, to: producer) { try producer.enqueue($0) }
                await reader.value
            },
            producing("enqueue onReport, \(headers)", codecs) { producer, records in
                let delivered = Counter()
                try await enqueue(records, to: producer) { message in
                    try producer.enqueue(message) { report in if report.error == nil { delivered.increment() } }
                }
            },
        ]
    }

    private static func sending(_ width: Int) -> Candidate {
        producing("send, \(width) in flight", HeaderCodecs([.traceContext])) { producer, records in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<width {
                    group.addTask {
                        for number in stride(from: lane, to: records, by: width) {
                            try await producer.send(message(number))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static let value = [UInt8](repeating: UInt8(ascii: "v"), count: 100)
    private static let context = LogContext.newTrace(taskID: "bench")

    private static func message(_ number: Int) -> KafkaMessage {
        KafkaMessage(topic: Cluster.produced, value: value, partition: KafkaPartition(rawValue: number % 8))
    }

    private static func producing(
        _ name: String,
        _ codecs: HeaderCodecs,
        _ body: @escaping @Sendable (KafkaProducer, Int) async throws -> Void
    ) -> Candidate {
        Candidate(name) { bootstrapServers, records in
            var configuration = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: [bootstrapServers]))
            configuration.linger = .milliseconds(5)
            configuration.maximumQueuedMessages = 1_000_000
            configuration.headerCodecs = codecs
            configuration.properties["batch.num.messages"] = "10000"
            configuration.properties["acks"] = "1"
            let made = configuration
            wait {
                let producer = try KafkaProducer(made)
                try await LogContext.$current.withValue(context) {
                    for number in 0..<8 { try await producer.send(message(number)) }
                    Usage.start()
                    try await body(producer, records)
                    try await producer.flush()
                }
                let statistics = producer.statistics
                guard statistics.delivered == records + 8, statistics.failed == 0 else {
                    throw Failure(description: "\(name): \(statistics)")
                }
            }
        }
    }

    private static func enqueue(
        _ records: Int,
        to producer: KafkaProducer,
        _ enqueue: (KafkaMessage) throws -> Void
    ) async throws {
        for number in 0..<records {
            let message = message(number)
            while true {
                do {
                    try enqueue(message)
                    break
                } catch let error as KafkaError where error.code == .queueFull {
                    try await producer.waitForRoom()
                }
            }
        }
    }
}

/// A counter for callbacks.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    func increment() { count.wrappingAdd(1, ordering: .relaxed) }
}
