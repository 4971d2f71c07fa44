import Testing

@testable import MALogger

@Suite("Settings of the environment", .timeLimit(.minutes(10)))
struct LogSettingsTests {
    @Test(
        "An entry of LOG_LEVELS that no label can match is reported",
        arguments: ["*=debug", "a.b.=trace", ".a=info"]
    )
    func unmatchable(entry: String) throws {
        let problems = LogSettings(["LOG_LEVELS": "kafka=warning,\(entry)"]).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("\"\(entry)\", which no label matches") == true)
    }

    @Test("Many entries that cannot be used give one sentence with their number")
    func many() {
        let entries = (0..<65_000).map { "entry\($0)" }.joined(separator: ",")
        let problems = LogSettings(["LOG_LEVELS": entries]).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("\"entry0\", \"entry1\", \"entry2\" and 64997 more") == true)
    }

    @Test("Space around an entry, a stream or a redacted name has no meaning")
    func space() {
        let settings = LogSettings([
            "LOG_LEVELS": "\tkafka = debug\r,\t", "LOG_CAPTURE": "\tstdout\r", "LOG_REDACT": "\tcard ",
        ])
        #expect(settings.levels.prefixes == ["kafka": .debug])
        #expect(settings.capture.streams == [.stdout])
        #expect(settings.redactor?.redacts(path: "card") == true)
        #expect(settings.problems == [])
    }

    @Test("A value that is no choice gives one sentence with the choices, and the default is used")
    func choices() {
        let settings = LogSettings([
            "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "LOG_SCHEMA": "none", "LOG_BUFFER": "1MiB",
            "LOG_BUFFER_FULL": "wait", "LOG_SPANS": "zipkin",
        ])
        #expect(
            settings.problems == [
                "LOG_LEVEL is \"loud\", which is not a level; INFO is used. "
                    + "Choices: TRACE, DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL",
                "LOG_FORMAT is \"xml\", which is not a format; json is used. Choices: json, console, kestra",
                "LOG_SCHEMA is \"none\", which is not a schema; otel is used. Choices: otel, ecs, gcp, datadog",
                "LOG_BUFFER_FULL is \"wait\", which is not a choice; block is used. Choices: block, drop",
                "LOG_SPANS is \"zipkin\", which is not a format; none is used. Choices: none, otlp",
            ]
        )
        #expect(settings.format == .json && settings.schema == .otel && settings.spans == nil)
        #expect(settings.buffer?.whenFull == .block)
    }

    @Test("A level applies to the label with exactly these bytes")
    func bytes() {
        let levels = LogSettings(["LOG_LEVELS": "caf\u{E9}=debug"]).levels
        #expect(levels.level(for: "caf\u{E9}.x") == .debug)
        #expect(levels.level(for: "cafe\u{301}.x") == .info)
    }
}
