import Testing

@testable import MALogger

@Suite("Settings of the environment", .timeLimit(.minutes(3)))
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

    @Test("A level applies to the label with exactly these bytes")
    func bytes() {
        let levels = LogSettings(["LOG_LEVELS": "caf\u{E9}=debug"]).levels
        #expect(levels.level(for: "caf\u{E9}.x") == .debug)
        #expect(levels.level(for: "cafe\u{301}.x") == .info)
    }
}
