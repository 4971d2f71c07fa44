import ExampleSupport
import Testing

@testable import parallel_worker

@Suite("The command line of parallel-worker", .timeLimit(.minutes(10)))
struct WorkerSettingsTests {
    private func settings(_ arguments: String...) throws -> WorkerSettings {
        guard case .run(let settings) = try WorkerSettings.usage.parse(arguments, defaults: WorkerSettings()) else {
            throw CommandLineMistake("help")
        }
        return settings
    }

    @Test("Each option sets its property")
    func options() throws {
        let settings = try settings(
            "--bootstrap-servers=a:1",
            "--topic=t",
            "--group=g",
            "--ordering=partition",
            "--max-concurrency=7",
            "--batch=3",
            "--wait-ms=5",
            "--fail-ratio=0.25",
            "--poison-key=k",
            "--retries=2",
            "--dead-letter-topic=d",
            "--isolation=read_uncommitted",
            "--count=9",
            "--idle-exit=4",
            "--session-timeout-ms=6000"
        )
        #expect(settings.bootstrapServers == "a:1" && settings.topic == "t" && settings.group == "g")
        #expect(settings.ordering == "partition" && settings.maxConcurrency == 7 && settings.batch == 3)
        #expect(settings.waitMilliseconds == 5 && settings.failRatio == 0.25 && settings.poisonKey == "k")
        #expect(settings.retries == 2 && settings.deadLetterTopic == "d" && settings.isolation == "read_uncommitted")
        #expect(settings.count == 9 && settings.idleExit == 4 && settings.sessionTimeoutMilliseconds == 6000)
        #expect(settings.mistake == nil)
    }

    @Test("A value that an option does not take is an error that names the choices")
    func mistakes() throws {
        let ordering = #expect(throws: CommandLineMistake.self) { try settings("--ordering", "random") }
        #expect(ordering?.description == "--ordering must be one of key, partition, unordered, but is \"random\"")
        let ratio = #expect(throws: CommandLineMistake.self) { try settings("--fail-ratio", "2") }
        #expect(ratio?.description == "--fail-ratio must be a number from 0.0 to 1.0, but is \"2\"")
        #expect(throws: CommandLineMistake.self) { try settings("--fail-ratio", "nan") }
    }

    @Test("The help says the default and the unit of every option, and what happens after the last retry")
    func help() {
        let rows = WorkerSettings.usage.help(defaults: WorkerSettings()).split(separator: "\n").map(String.init)
        let options = rows.filter { $0.hasPrefix("  --") && !$0.hasPrefix("  --help") }
        #expect(options.count == 16)
        for option in options { #expect(option.contains("(default: ") || option.contains("required"), "\(option)") }
        for (name, words) in [
            ("--wait-ms", "milliseconds"), ("--idle-exit", "seconds"), ("--session-timeout-ms", "milliseconds"),
            ("--session-timeout-ms", "heartbeat"), ("--session-timeout-ms", "(default: 45000)"),
            ("--session-timeout-ms", "less than 6000"), ("--idle-exit", "no partition"), ("--count", "at least"),
            ("--count", "(default: 0)"), ("--retries", "stops with status 1"), ("--retries", "(default: 9 "),
            ("--replay", "SIGTERM"),
        ] {
            #expect(options.contains { $0.hasPrefix("  \(name) ") && $0.contains(words) }, "\(name): \(words)")
        }
    }

    @Test("A topic and a group are required, and for a replay a dead-letter topic")
    func required() throws {
        #expect(try settings().mistake == "--topic is required")
        #expect(try settings("--topic", "t").mistake == "--group is required")
        #expect(try settings("--replay", "5").mistake == "--replay needs --dead-letter-topic")
        #expect(try settings("--replay", "5", "--dead-letter-topic", "d").mistake == nil)
    }
}
