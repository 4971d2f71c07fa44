import KafkaPropagation
import Testing

extension KafkaConsumer {
    /// Returns the next `count` records, or fewer at the end.
    func take(_ count: Int) async throws -> [KafkaRecord] {
        var records: [KafkaRecord] = []
        if count == 0 { return records }
        for try await record in self {
            records.append(record)
            if records.count == count { break }
        }
        return records
    }

    /// Returns the next record. If there is none, the test fails.
    func takeOne() async throws -> KafkaRecord { try #require(try await take(1).first) }
}

extension KafkaConsumerConfiguration.ConsumptionStrategy {
    /// The first partitions of a topic, from their beginning.
    static func all(_ topic: String, partitions: Int = 1) -> Self {
        .partitions(
            (0..<partitions).map { .init(topic: topic, partition: .init(rawValue: $0), offset: .beginning) }
        )
    }
}

extension KafkaRecord {
    var text: String? { valueText }
}

extension KafkaHeader {
    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}

/// Sends texts to one partition of a topic, in order.
func send(_ texts: some Sequence<String>, to topic: String, partition: KafkaPartition = 0) async throws {
    try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
        for text in texts { try producer.enqueue(KafkaMessage(topic: topic, value: text, partition: partition)) }
    }
}
