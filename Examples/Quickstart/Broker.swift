import Foundation
import KafkaPropagation
import KafkaPropagationTesting

/// The broker of this run: the one in the settings or the environment, or an embedded one inside this process.
struct Broker: Sendable {
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
                // A topic of an earlier run is fine. This run ignores the records of other runs.
                guard error.code == .topicAlreadyExists else { throw error }
            }
        }
    }

    var producer: KafkaProducerConfiguration {
        var producer = KafkaProducerConfiguration(connection)
        producer.linger = .milliseconds(1)
        return producer
    }

    /// The configuration of a consumer in a group that only this run uses.
    func consumer(of topic: String, run: String) -> KafkaConsumerConfiguration {
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.group(id: "\(topic)-\(run)", topics: [topic])
        if let embedded { return embedded.consumerConfiguration(strategy) }
        var consumer = KafkaConsumerConfiguration(connection, strategy)
        consumer.autoOffsetReset = .earliest
        return consumer
    }
}
