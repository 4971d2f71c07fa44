import CMALoggerRDKafka
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Partitions whose log is cut off or made anew, so that their offsets start again.
@Suite("Offsets that go back", .timeLimit(.minutes(10)))
struct OffsetsGoBackTests {
    enum Finishing: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case stored, committed, inTransactions

        var testDescription: String { rawValue }

        func finish(_ records: [KafkaRecord], _ consumer: KafkaConsumer, _ producer: KafkaProducer) async throws {
            switch self {
            case .stored:
                for record in records { try consumer.storeOffset(record) }
                try await consumer.commit()
            case .committed:
                for record in records { try await consumer.commit(record) }
            case .inTransactions:
                try await producer.withTransaction(consuming: records, from: consumer) { _ in }
            }
        }
    }

    @Test(
        "After a topic is deleted and made again, its new records are committed, and none is passed",
        .enabled(if: TestBroker.isReal, "KAFKA_BOOTSTRAP_SERVERS is not set; the embedded cluster deletes no topic"),
        arguments: Finishing.allCases
    )
    func recreated(finishing: Finishing) async throws {
        let topic = try await TestBroker.topic()
        let admin = try KafkaAdmin(TestBroker.connection())
        try await send((0..<20).map { "old \($0)" }, to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
        configuration.commitPolicy = finishing == .stored ? .storedOffsets(every: .milliseconds(200)) : .manual
        var configurationOfProducer = try TestBroker.producer()
        configurationOfProducer.transactionalID = "tx-\(topic)"
        try await withKafkaProducer(configurationOfProducer) { producer in
            try await withKafkaConsumer(configuration) { consumer in
                try await finishing.finish(try consumer.take(20), consumer, producer)
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 20)
                try await admin.deleteTopics([topic])
                try await TestBroker.createAgain(topic)
                try await send((0..<5).map { "new \($0)" }, to: topic)
                let records = try await consumer.take(5)
                #expect(records.map(\.text) == (0..<5).map { "new \($0)" })
                try await finishing.finish(records, consumer, producer)
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 5)
            }
        }
        try await send((5..<40).map { "new \($0)" }, to: topic)
        try await withKafkaConsumer(configuration) { consumer in
            let next = try await consumer.takeOne()
            #expect(next.text == "new 5")
        }
        try await admin.deleteTopics([topic])
    }

    @Test("After the broker has cut off a log, records are read again from the first that is not done")
    func cutOff() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        func send(_ range: Range<Int>) async throws {
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                for number in range { try await producer.send(KafkaMessage(topic: "frames", value: "\(number)")) }
            }
        }
        try await send(0..<20)
        var configuration = kafka.consumerConfiguration(
            .partitions([.init(topicPartition: partition, offset: nil)], groupID: "detectors")
        )
        configuration.commitPolicy = .storedOffsets(every: .milliseconds(100))
        try await withKafkaConsumer(configuration) { consumer in
            for record in try await consumer.take(20) { try consumer.storeOffset(record) }
            try await consumer.commit()
            // librdkafka then begins again at the first record.
            kafka.fail(.fetch, with: [EmbeddedKafka.Fault(rawValue: RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE.rawValue)])
            let again = try await consumer.take(5)
            #expect(again.map(\.offset.rawValue) == Array(0..<5))
            for record in again { try consumer.storeOffset(record) }
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 5)
        }
        try await withKafkaConsumer(configuration) { consumer in
            let next = try await consumer.takeOne()
            #expect(next.offset == 5)
        }
    }
}
