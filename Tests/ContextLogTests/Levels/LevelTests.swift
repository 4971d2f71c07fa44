import ContextLog
import ContextPropagation
import Foundation
import Testing

@Suite("Levels", .timeLimit(.minutes(10)))
struct LevelTests {
    @Test("Levels are ordered from TRACE to CRITICAL, and have the names of the lines")
    func names() {
        #expect(
            LogLevel.allCases.map(\.description) == [
                "TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL",
            ]
        )
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
        for level in LogLevel.allCases { #expect(LogLevel(level.description) == level) }
    }

    @Test("A level is read in any case, and WARN and FATAL are levels, too")
    func reading() {
        #expect(LogLevel("warn") == .warning && LogLevel("Warn") == .warning && LogLevel("FATAL") == .critical)
        #expect(LogLevel("dEbUg") == .debug)
        for text in ["", " info", "info ", "verbose", "0", "warnıng", "ínfo", "ＩＮＦＯ", "INFO\u{0}"] {
            #expect(LogLevel(text) == nil, "\(text)")
        }
    }

    @Test("A prefix ends at a dot or at the label's end, and the longest one wins")
    func prefixes() {
        let levels = LogLevels(.info, ["a": .debug, "a.b": .error, "a.b.c": .trace, "kaf": .critical])
        #expect(levels.level(for: "a") == .debug)
        #expect(levels.level(for: "a.x") == .debug)
        #expect(levels.level(for: "a.b") == .error)
        #expect(levels.level(for: "a.b.x.y") == .error)
        #expect(levels.level(for: "a.b.c.d") == .trace)
        #expect(levels.level(for: "a.bc") == .debug)
        #expect(levels.level(for: "ab") == .info)
        #expect(levels.level(for: "kafka") == .info)
        #expect(levels.level(for: "") == .info)
    }

    @Test("A line below the level evaluates no message, error or fields")
    func offIsFree() async {
        await #expect(processExitsWith: .success) {
            let log = Log("quiet")
            func never() -> String { exit(3) }
            func error() -> (any Error)? { exit(4) }
            log.debug("\(never())", error: error()) { $0.x = never() }
            log.log(.trace, never(), error: error()) { _ in exit(5) }
            Log.levels = LogLevels(.critical)
            log.error("\(never())", error: error()) { $0.x = never() }
            exit(0)
        }
    }

    @Test("A level is encoded as its name, and decoding another text is an error that names the choices")
    func codable() throws {
        let json = try JSONEncoder().encode([LogLevel.trace, .warning])
        #expect(String(decoding: json, as: UTF8.self) == #"["TRACE","WARNING"]"#)
        #expect(try JSONDecoder().decode([LogLevel].self, from: Data(#"["warn","Info"]"#.utf8)) == [.warning, .info])
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([LogLevel].self, from: Data(#"["loud"]"#.utf8))
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("it was decoded")
            return
        }
        #expect(context.debugDescription.hasPrefix("\"loud\" is not a log level; choose from TRACE, DEBUG"))
    }

    @Test("A change of levels reaches every existing Log by prefix, and replaces earlier levels")
    func changes() async {
        await #expect(processExitsWith: .success) {
            let one = Log("a.b")
            let copy = one.with { $0.x = 1 }
            let other = Log("c")
            guard one.level == .info, !one.isEnabled(.debug), one.isEnabled(.info) else { exit(3) }
            Log.levels = LogLevels(.warning, ["a": .trace])
            guard one.level == .trace, copy.isEnabled(.trace), Log("a.b.c").level == .trace else { exit(4) }
            guard other.level == .warning, !other.isEnabled(.notice), Log("ab").level == .warning else { exit(5) }
            Log.levels.prefixes["c"] = .critical
            guard other.level == .critical, one.level == .trace else { exit(6) }
            Log.levels = LogLevels()
            guard one.level == .info, copy.level == .info, other.level == .info else { exit(7) }
            exit(0)
        }
    }
}
