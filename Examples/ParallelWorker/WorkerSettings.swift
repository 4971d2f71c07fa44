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
    /// Nil for the default: 9 with a dead-letter topic, and no limit without one.
    var retries: Int?
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
                end, commits, and leaves the group, with status 0. With --replay, it sends dead letters back to their
                topics instead. If stderr is a terminal and stdout is not, stderr shows the progress: records a second,
                how many are in flight, and the lag.
                """,
            options
        )
    }

    private static var options: [CommandLineUsage<WorkerSettings>.Option] {
        [
            .text(
                "bootstrap-servers",
                \.bootstrapServers,
                "HOST:PORT",
                "The brokers, separated by commas (default: the value of KAFKA_BOOTSTRAP_SERVERS)"
            ),
            .text("topic", \.topic, "TOPIC", "The topic to read; required, except with --replay"),
            .text("group", \.group, "GROUP", "The consumer group; required, except with --replay"),
            .choice(
                "ordering",
                \.ordering,
                of: ["key", "partition", "unordered"],
                "Which records are handled one at a time, in order: those of a key, those of a partition, or none"
            ),
            .integer("max-concurrency", \.maxConcurrency, in: 1...100_000, "The most handlers that run at once"),
            .integer("batch", \.batch, in: 1...10_000, "The most records that one handler takes at once"),
            .integer("wait-ms", \.waitMilliseconds, in: 0...3_600_000, "How long each handler waits, in milliseconds"),
            .number("fail-ratio", \.failRatio, in: 0...1, "The part of the attempts that fail by chance, from 0 to 1"),
            .text(
                "poison-key",
                \.poisonKey,
                "KEY",
                "The handler fails for every record with this key (default: none)"
            ),
            .optionalInteger(
                "retries",
                \.retries,
                in: 0...1_000_000,
                "How often a record that failed is tried again. After that it becomes a dead letter; without "
                    + "--dead-letter-topic the worker stops with status 1, and the record comes again at the next start "
                    + "(default: 9 with --dead-letter-topic, no limit without)"
            ),
            .text(
                "dead-letter-topic",
                \.deadLetterTopic,
                "TOPIC",
                "The topic for records that failed for good (default: none)"
            ),
            .choice(
                "isolation",
                \.isolation,
                of: ["read_committed", "read_uncommitted"],
                "Whether to leave out the records of open and aborted transactions, or to read them"
            ),
            .integer(
                "count",
                \.count,
                in: 0...Int.max,
                "Leave after at least this many handled records: handlers that have begun still end; 0 never leaves"
            ),
            .integer(
                "idle-exit",
                \.idleExit,
                in: 0...86_400,
                "Leave after this many seconds without a record, if every record that --isolation lets it read is "
                    + "handled. While it has no partition, as a standby or because the topic is missing, it waits "
                    + "longer by --session-timeout-ms, at least by 10 seconds, and then logs a warning; 0 never leaves"
            ),
            .integer(
                "session-timeout-ms",
                \.sessionTimeoutMilliseconds,
                in: 1000...3_600_000,
                "After how many milliseconds without a heartbeat the group gives the partitions of a dead worker to "
                    + "others; brokers refuse less than 6000 unless group.min.session.timeout.ms allows it"
            ),
            .integer(
                "replay",
                \.replay,
                in: 0...Int.max,
                "Send at most this many dead letters of --dead-letter-topic back to their topics, and end with a line "
                    + "of how many were sent. SIGTERM ends it early with status 0 too, and the line then has complete: "
                    + "false; 0 handles records instead"
            ),
        ]
    }

    /// The option that is missing on the command line; nil if none is.
    var mistake: String? {
        if replay > 0 { return deadLetterTopic == nil ? "--replay needs --dead-letter-topic" : nil }
        if topic == nil { return "--topic is required" }
        return group == nil ? "--group is required" : nil
    }
}
