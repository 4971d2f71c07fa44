import Foundation
import KafkaPropagation
import TestSupport

func outputTopic(of topic: String) -> String { "\(topic)-out" }

/// A member of a group that copies each record of a topic to another one, exactly once. It may be killed at any moment.
struct Transforming {
    let topic: String
    /// Stays the same when the member is started again.
    let id: String
    /// The member ends when no record came for so long.
    let idleSeconds: Int

    func run() async throws {
        try await createTopic(topic)
        try await createTopic(outputTopic(of: topic))
        var producing = KafkaProducerConfiguration(try .fromEnvironment())
        producing.transactionalID = id
        producing.transactionTimeout = .seconds(10)
        var consuming = try configuration(topic)
        consuming.commitPolicy = .manual
        consuming.maximumBufferedRecords = 200
        let last = Locked(ContinuousClock.now)
        let counts = Locked((committed: 0, aborted: 0))
        try await withKafkaProducer(producing) { producer in
            try await producer.prepareTransactions()
            try await withKafkaConsumer(consuming) { consumer in
                let idle = Task {
                    while last.value.duration(to: .now) < .seconds(idleSeconds) {
                        try await Task.sleep(for: .milliseconds(200))
                    }
                    consumer.triggerGracefulShutdown()
                }
                for try await batch in consumer.batches {
                    last.change { $0 = .now }
                    do {
                        try await copy(batch, producer, consumer)
                        counts.change { $0.committed += 1 }
                    } catch let error as KafkaError where error.transactionOutcome == .aborted && !error.isFatal {
                        // The records come again, here or at another member.
                        counts.change { $0.aborted += 1 }
                    }
                }
                idle.cancel()
            }
        }
        print("\(id): \(counts.value.committed) transactions committed, \(counts.value.aborted) aborted")
    }

    private func copy(_ batch: KafkaRecordBatch, _ producer: KafkaProducer, _ consumer: KafkaConsumer) async throws {
        let output = outputTopic(of: topic)
        try await producer.withTransaction(consuming: batch, from: consumer) { transaction in
            for record in batch {
                let message = KafkaMessage(
                    topic: output,
                    key: record.key,
                    value: record.value,
                    partition: record.partition,
                    context: record.context
                )
                try transaction.enqueue(message)
            }
            // A kill in the middle finds a transaction of which a part was sent.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...100)))
        }
    }
}

/// Fails unless the committed records of the output are those of the input: each once, in order in each partition.
struct Verifying {
    let topic: String
    let count: Int

    func run() async throws {
        let input = try await texts(of: topic)
        let output = try await texts(of: outputTopic(of: topic))
        for partition in 0..<partitionCount where input[partition] != output[partition] {
            let lost = Set(input[partition]).subtracting(output[partition]).count
            let repeated = output[partition].count - Set(output[partition]).count
            fail(
                "partition \(partition) of \(input[partition].count): \(lost) lost, \(repeated) repeated, or not in order"
            )
        }
        let sum = output.reduce(0) { $0 + $1.count }
        if sum != count { fail("\(sum) records instead of \(count)") }
        print("\(sum) records: each once, in order")
    }

    /// The committed records of each partition.
    private func texts(of topic: String) async throws -> [[String]] {
        let places = (0..<partitionCount).map {
            KafkaTopicPartitionOffset(topic: topic, partition: KafkaPartition(rawValue: $0), offset: .beginning)
        }
        try await withKafkaProducer(KafkaProducerConfiguration(try .fromEnvironment())) { producer in
            for place in places {
                try await producer.send(KafkaMessage(topic: topic, value: "end", partition: place.partition))
            }
        }
        var texts = Array(repeating: [String](), count: partitionCount)
        var open = partitionCount
        let configuration = KafkaConsumerConfiguration(try .fromEnvironment(), .partitions(places))
        try await withKafkaConsumer(configuration) { consumer in
            for try await record in consumer {
                let text = record.valueText ?? ""
                if text != "end" {
                    texts[record.partition.rawValue].append(text)
                    continue
                }
                open -= 1
                if open == 0 { break }
            }
        }
        return texts
    }
}
