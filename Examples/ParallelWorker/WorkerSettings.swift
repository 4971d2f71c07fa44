import ExampleSupport

/// The settings from the command line.
struct WorkerSettings {
    var bootstrapServers: String?
    var topic: String?
    var group: String?
    var ordering = "key"
    var maxConcurrency = 64
    var batch = 1
    var waitMilliseconds = 0
    var failRatio = 0.0
    var poisonKey: String?
    var retries = 9
    var deadLetterTopic: String?
    var isolation = "read_committed"
    var count = 0
    var idleExit = 0
    var sessionTimeoutMilliseconds = 45_000
    var replay = 0

    static var usage: CommandLineUsage<WorkerSettings> {
        CommandLineUsage(
            "parallel-worker",
            about: """
                Handles the records of a topic in parallel, as a member of a group: a program to start from. stdout gets
                JSON lines only, with one line for each handled record, in the record's trace. SIGTERM lets the handlers
                end, commits, and leaves the group. With --replay, it sends dead letters back to their topics instead.
                """,
            [
                .text(
                    "bootstrap-servers",
                    \.bootstrapServers,
                    "HOST:PORT",
                    "The brokers, separated by commas; overrides KAFKA_BOOTSTRAP_SERVERS"
                ),
                .text("topic", \.topic, "TOPIC", "The topic to read; required, except with --replay"),
                .text("group", \.group, "GROUP", "The consumer group; required, except with --replay"),
                .choice(
                    "ordering",
                    \.ordering,
                    of: ["key", "partition", "unordered"],
                    "The records that are handled one at a time"
                ),
                .integer("max-concurrency", \.maxConcurrency, in: 1...100_000, "The most handlers at once"),
                .integer("batch", \.batch, in: 1...10_000, "The most records that a handler takes"),
                .integer("wait-ms", \.waitMilliseconds, in: 0...3_600_000, "How long a handler waits"),
                .number("fail-ratio", \.failRatio, in: 0...1, "The part of the attempts that fail, by chance"),
                .text("poison-key", \.poisonKey, "KEY", "The handler fails for every record with this key"),
                .integer(
                    "retries",
                    \.retries,
                    in: 0...1_000_000,
                    "Further attempts before a dead letter; without --dead-letter-topic there is no limit"
                ),
                .text("dead-letter-topic", \.deadLetterTopic, "TOPIC", "The topic for records that are given up"),
                .choice(
                    "isolation",
                    \.isolation,
                    of: ["read_committed", "read_uncommitted"],
                    "Whether to read records of transactions that did not commit"
                ),
                .integer("count", \.count, in: 0...Int.max, "Leave after so many records; 0 for never"),
                .integer("idle-exit", \.idleExit, in: 0...86_400, "Leave after so many seconds without work; 0: never"),
                .integer("session-timeout-ms", \.sessionTimeoutMilliseconds, in: 1000...3_600_000, "See Kafka"),
                .integer(
                    "replay",
                    \.replay,
                    in: 0...Int.max,
                    "Replay at most so many records of --dead-letter-topic, and end; 0 does not replay"
                ),
            ]
        )
    }

    /// What is missing on the command line; nil if nothing is.
    var mistake: String? {
        if replay > 0 { return deadLetterTopic == nil ? "--replay needs --dead-letter-topic" : nil }
        if topic == nil { return "--topic is required" }
        return group == nil ? "--group is required" : nil
    }
}
