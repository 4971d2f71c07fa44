import BenchmarkSupport
import CKafkaFloor
import ContextPropagation
import KafkaPropagation

extension Candidate {
    static let consumers = [
        floor("C: batches of 1000, one header looked up") { bootstrapServers, records in
            ckafkafloor_consume(bootstrapServers, Cluster.consumed, Int32(Cluster.partitions), records) {
                Usage.start()
            }
        },
        consuming("records, each in its context") { consumer, records in
            var count = 0
            var withTrace = 0
            for try await record in consumer {
                if count == 0 { Usage.start() }
                record.withContext { if LogContext.current.traceID != nil { withTrace += 1 } }
                count += 1
                if count == records { break }
            }
            return withTrace
        },
        consuming("batches, each record's context looked at") { consumer, records in
            var count = 0
            var withTrace = 0
            for try await batch in consumer.batches {
                if count == 0 { Usage.start() }
                for record in batch where record.context.traceID != nil { withTrace += 1 }
                count += batch.count
                if count >= records { break }
            }
            return withTrace
        },
    ]

    private static func consuming(
        _ name: String,
        _ body: @escaping @Sendable (KafkaConsumer, Int) async throws -> Int
    ) -> Candidate {
        Candidate(name) { bootstrapServers, records in
            let partitions = (0..<Cluster.partitions).map {
                KafkaTopicPartitionOffset(
                    topic: Cluster.consumed,
                    partition: KafkaPartition(rawValue: $0),
                    offset: .beginning
                )
            }
            var configuration = KafkaConsumerConfiguration(
                KafkaConfiguration(bootstrapServers: [bootstrapServers]),
                .partitions(partitions)
            )
            configuration.properties["fetch.wait.max.ms"] = "10"
            let made = configuration
            wait {
                let withTrace = try await body(try KafkaConsumer(made), records)
                guard withTrace >= records else {
                    throw Failure(description: "\(name): \(withTrace) of \(records) records have their trace")
                }
            }
        }
    }
}
