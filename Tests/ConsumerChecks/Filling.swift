import ContextPropagation
import Foundation
import KafkaPropagation
import TestSupport

/// Fills a topic of eight partitions with records whose keys follow Zipf's law, and prints the key of each record. The
/// low half of a record's trace ID is its number, from 1.
struct Filling {
    private static let keys = 10_000

    let topic: String
    let count: Int

    func run() async throws {
        try await KafkaAdmin(.fromEnvironment()).createTopics([KafkaTopic(name: topic, partitions: 8)])
        var configuration = KafkaProducerConfiguration(try .fromEnvironment())
        // In order, also if a new topic's leader refuses the first batch.
        configuration.isIdempotenceEnabled = true
        let keys = chosenKeys()
        try await withKafkaProducer(configuration) { producer in
            for (number, key) in keys.enumerated() {
                let trace = TraceID(high: 7, low: UInt64(number + 1))
                let message = KafkaMessage(
                    topic: topic,
                    key: key,
                    value: "\(number)",
                    context: LogContext(traceID: trace)
                )
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
        }
        FileHandle.standardOutput.write(Data((keys.joined(separator: "\n") + "\n").utf8))
    }

    private func chosenKeys() -> [String] {
        var random = SplitMix(state: 1)
        var sum = 0.0
        let sums = (0..<Self.keys).map { key in
            sum += 1 / Double(key + 1)
            return sum
        }
        return (0..<count).map { _ in
            let value = Double.random(in: 0..<sum, using: &random)
            var low = 0
            var high = Self.keys - 1
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] <= value { low = middle + 1 } else { high = middle }
            }
            return "key-\(low)"
        }
    }
}
