import Foundation
import KafkaPropagation

/// The program's arguments, as every program of the comparison takes them.
struct Arguments {
    static let usage =
        "usage: parallel-bench BOOTSTRAP TOPIC GROUP N key|partition|unordered CONCURRENCY WAIT_MS [TRACEFILE]"

    let bootstrap: String
    let topic: String
    let group: String
    /// How many distinct sequence numbers to handle.
    let count: Int
    let orderingName: String
    let ordering: ParallelConsumer.Ordering
    let concurrency: Int
    /// How long a handler waits, in milliseconds.
    let wait: Int
    let traceFile: String?

    init?(_ arguments: [String]) {
        guard arguments.count == 7 || arguments.count == 8, let count = Int(arguments[3]), count > 0,
            let concurrency = Int(arguments[5]), concurrency > 0, let wait = Int(arguments[6]), wait >= 0
        else { return nil }
        switch arguments[4] {
        case "key": ordering = .key
        case "partition": ordering = .partition
        case "unordered": ordering = .unordered
        default: return nil
        }
        bootstrap = arguments[0]
        topic = arguments[1]
        group = arguments[2]
        orderingName = arguments[4]
        traceFile = arguments.count == 8 ? arguments[7] : nil
        self.count = count
        self.concurrency = concurrency
        self.wait = wait
    }

    /// The consumer's configuration. `SESSION_MS` sets the session timeout.
    var configuration: KafkaConsumerConfiguration {
        var configuration = KafkaConsumerConfiguration(
            KafkaConfiguration(bootstrapServers: bootstrap.split(separator: ",").map(String.init)),
            .group(id: group, topics: [topic])
        )
        configuration.autoOffsetReset = .earliest
        configuration.sessionTimeout = .milliseconds(Self.number("SESSION_MS") ?? 6000)
        return configuration
    }

    /// The consumer's options. `COMMIT_MS` sets the commit interval.
    var options: ParallelConsumer.Options {
        var options = ParallelConsumer.Options()
        if let interval = Self.number("COMMIT_MS") { options.commitInterval = .milliseconds(interval) }
        return options
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
