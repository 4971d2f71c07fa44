import ContextPropagation
import Foundation
import KafkaPropagation

/// Produces and consumes as the programs in ../shared/peers/kafkabench do: 100-byte records with one `traceparent`.
struct KafkaPeer {
    private let connection: KafkaConfiguration
    private let topic: String
    private static let value = [UInt8](repeating: UInt8(ascii: "v"), count: 100)
    private static let partitions = 8

    init(bootstrapServers: String, topic: String) {
        connection = KafkaConfiguration(bootstrapServers: [bootstrapServers])
        self.topic = topic
    }

    func produce(_ records: Int) async throws {
        var configuration = KafkaProducerConfiguration(connection)
        configuration.linger = .milliseconds(5)
        configuration.maximumQueuedMessages = 1_000_000
        configuration.headerCodecs = HeaderCodecs([.traceContext])
        configuration.properties["batch.num.messages"] = "10000"
        configuration.properties["acks"] = "1"
        let producer = try KafkaProducer(configuration)
        try await LogContext.$current.withValue(.newTrace(taskID: "bench")) {
            for number in 0..<Self.partitions { try await producer.send(message(number)) }
            let start = Usage.now
            for number in 0..<records {
                let message = message(number)
                while true {
                    do {
                        try producer.enqueue(message)
                        break
                    } catch let error as KafkaError where error.code == .queueFull {
                        try await producer.waitForRoom()
                    }
                }
            }
            try await producer.flush()
            report("enqueue", "produce", records, Usage.now - start)
        }
        guard producer.statistics.delivered == records + Self.partitions else {
            throw Failure(description: "\(producer.statistics.delivered) of \(records) records were acknowledged")
        }
    }

    func consume(_ records: Int, partitions: Int) async throws {
        let assigned = (0..<partitions).map {
            KafkaTopicPartitionOffset(topic: topic, partition: KafkaPartition(rawValue: $0), offset: .beginning)
        }
        var configuration = KafkaConsumerConfiguration(connection, .partitions(assigned))
        configuration.properties["fetch.wait.max.ms"] = "10"
        let consumer = try KafkaConsumer(configuration)
        var start = Usage.now
        var count = 0
        var withTrace = 0
        for try await record in consumer {
            if count == 0 { start = Usage.now }
            record.withContext { if LogContext.current.traceID != nil { withTrace += 1 } }
            count += 1
            if count == records { break }
        }
        report("records in their context", "consume", records, Usage.now - start)
        guard withTrace == records else {
            throw Failure(description: "\(withTrace) of \(records) records have their trace")
        }
    }

    private func message(_ number: Int) -> KafkaMessage {
        KafkaMessage(topic: topic, value: Self.value, partition: KafkaPartition(rawValue: number % Self.partitions))
    }

    /// Prints the columns that the script there reads. It reads no times of the application's thread alone.
    private func report(_ variant: String, _ operation: String, _ records: Int, _ used: Usage) {
        let seconds = String(format: "%.4f,%.0f", used.wall / 1e9, Double(records) / used.wall * 1e9)
        let processor = String(format: "%.1f", used.processor / Double(records))
        print("ma-logger,\(variant),\(operation),\(records),1,\(seconds),,,\(processor)")
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}
