import Foundation
import KafkaPropagation
import KafkaPropagationTesting

/// The broker of the tests: the real broker at `KAFKA_BOOTSTRAP_SERVERS` if it is set, or the embedded one.
enum TestBroker {
    static let environment = ProcessInfo.processInfo.environment

    /// Whether the tests run against a real broker.
    static var isReal: Bool { environment["KAFKA_BOOTSTRAP_SERVERS"]?.isEmpty == false }

    /// Whether the broker accepts only TLS or SASL connections.
    static var isSecured: Bool {
        environment["KAFKA_SECURITY_PROTOCOL"].map { $0.lowercased() != "plaintext" } ?? false
    }

    private static let embedded = Result { () throws(KafkaError) in try EmbeddedKafka(brokers: 1) }

    static func connection() throws -> KafkaConfiguration {
        isReal ? try .fromEnvironment() : try embedded.get().configuration
    }

    static func producer() throws -> KafkaProducerConfiguration {
        var configuration = KafkaProducerConfiguration(try connection())
        configuration.linger = .milliseconds(1)
        return configuration
    }

    /// The configuration of a producer whose messages stay in order, even if the leader of a new topic is not known yet
    /// and they are sent again.
    static func orderedProducer() throws -> KafkaProducerConfiguration {
        var configuration = try producer()
        configuration.isIdempotenceEnabled = true
        return configuration
    }

    static func consumer(
        _ strategy: KafkaConsumerConfiguration.ConsumptionStrategy
    ) throws -> KafkaConsumerConfiguration {
        guard isReal else { return try embedded.get().consumerConfiguration(strategy) }
        var configuration = KafkaConsumerConfiguration(try connection(), strategy)
        configuration.autoOffsetReset = .earliest
        configuration.sessionTimeout = .seconds(6)
        configuration.heartbeatInterval = .milliseconds(200)
        configuration.properties["fetch.wait.max.ms"] = "20"
        return configuration
    }

    /// Makes a topic. A cluster whose nodes were just restarted refuses it until they have joined again.
    private static func create(_ topic: KafkaTopic, _ admin: KafkaAdmin) async throws {
        for attempt in 1... {
            do {
                try await admin.createTopics([topic])
                return
            } catch {
                if error.code == .topicAlreadyExists && attempt > 1 { return }
                let isEarly = error.description.contains("INVALID_REPLICATION_FACTOR") || error.isRetriable
                guard isEarly, attempt < 300 else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Makes a new topic with a unique name.
    static func topic(partitions: Int = 1) async throws -> String {
        let name = "test-\(UUID().uuidString.lowercased())"
        if isReal {
            let admin = try KafkaAdmin(connection())
            // Some tests give their records old timestamps. The broker would delete them at its next look.
            let configuration = ["retention.ms": "-1"]
            try await create(KafkaTopic(name: name, partitions: partitions, configuration: configuration), admin)
            // A broker may learn of a topic a moment after it was made.
            while (try? await admin.metadata(of: name))?.topics.first?.partitions.count != partitions {
                try await Task.sleep(for: .milliseconds(10))
            }
        } else {
            try embedded.get().createTopic(name, partitions: partitions)
        }
        return name
    }

    /// Makes a topic again that was just deleted.
    static func createAgain(_ topic: String) async throws {
        let admin = try KafkaAdmin(connection())
        // Until then the broker still deletes the old topic.
        while (try? await admin.createTopics([KafkaTopic(name: topic)])) == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        // A broker may learn of both later than the controller, and takes messages into the old log until then.
        try await withKafkaConsumer(consumer(.all(topic))) { consumer in
            let partition = KafkaTopicPartition(topic: topic, partition: 0)
            while (try? await consumer.watermarks(of: partition).high) != 0 {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
