import Foundation
import KafkaPropagation
import KafkaPropagationTesting

/// The broker of this run: the one that is named, else one inside this process.
struct Broker {
    let name: String
    private let embedded: EmbeddedKafka?
    private let connection: KafkaConfiguration

    init(_ settings: QuickstartSettings) throws {
        var environment = ProcessInfo.processInfo.environment
        if let servers = settings.bootstrapServers { environment["KAFKA_BOOTSTRAP_SERVERS"] = servers }
        if environment["KAFKA_BOOTSTRAP_SERVERS"]?.isEmpty ?? true {
            let kafka = try EmbeddedKafka()
            embedded = kafka
            connection = kafka.configuration
            name = "the embedded broker"
        } else {
            embedded = nil
            connection = try KafkaConfiguration(environment: environment)
            name = connection.bootstrapServers.joined(separator: ",")
        }
    }

    func createTopics(_ names: [String], partitions: Int) async throws {
        if let embedded {
            for name in names { try embedded.createTopic(name, partitions: partitions) }
            return
        }
        let admin = try KafkaAdmin(connection)
        for name in names {
            do {
                try await admin.createTopics([KafkaTopic(name: name, partitions: partitions)])
            } catch {
                // One of an earlier run serves as well: its records are passed over.
                guard error.code == .topicAlreadyExists else { throw error }
            }
        }
    }

    var producer: KafkaProducerConfiguration {
        var producer = KafkaProducerConfiguration(connection)
        producer.linger = .milliseconds(1)
        return producer
    }

    /// A consumer in a group of this run alone.
    func consumer(of topic: String, run: String) -> KafkaConsumerConfiguration {
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.group(id: "\(topic)-\(run)", topics: [topic])
        if let embedded { return embedded.consumerConfiguration(strategy) }
        var consumer = KafkaConsumerConfiguration(connection, strategy)
        consumer.autoOffsetReset = .earliest
        return consumer
    }
}
