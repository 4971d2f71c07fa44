import Foundation
import TestSupport
import Testing

@testable import MALogger

/// Counts the lines of the level WARNING, and passes on every line.
private final class WarningCounter: LogBackend {
    private let next = Locked<(any LogBackend)?>(nil)
    private let warnings = Count()

    var count: Int { warnings.value }

    /// Installs the backend.
    init() { next.change { $0 = Log.install(self) } }

    func log(_ event: borrowing Log.Event) {
        if event.level == .warning { warnings.add() }
        next.value?.log(event)
    }
}

@Suite("LOG_LEVELS_FILE", .timeLimit(.minutes(10)))
struct LevelsFileTests {
    @Test(
        "Entries are on one or more lines, with comments, blanks and line ends of any kind",
        arguments: [
            ("", LogLevels(.notice)), ("debug", LogLevels(.debug)), ("\n# info\n  # x=y\n", LogLevels(.notice)),
            ("kafka=warning", LogLevels(.notice, ["kafka": .warning])),
            (" a.b = debug ,\r\n WARN\r\nc=TRACE,\n", LogLevels(.warning, ["a.b": .debug, "c": .trace])),
            ("INFO, kafka=WARNING", LogLevels(.info, ["kafka": .warning])),
        ]
    )
    func good(text: String, levels: LogLevels) {
        let read = LevelsFileText(Array(text.utf8), base: .notice)
        #expect(read.fault == nil && read.levels == levels)
        // The text that a NOTICE line has can be the text of the file.
        #expect(LevelsFileText(Array(levels.description.utf8), base: .notice).levels == levels)
    }

    @Test(
        "The first entry that cannot be used is named with its line",
        arguments: [
            ("loud", 1, "loud"), ("info\nkafka=quiet", 2, "kafka=quiet"), ("a=info\n\n*=debug", 3, "*=debug"),
            (".a=info", 1, ".a=info"), ("=info", 1, "=info"), ("a=info,b", 1, "b"), ("a=info=x", 1, "a=info=x"),
        ]
    )
    func bad(text: String, line: Int, entry: String) {
        let fault = LevelsFileText(Array(text.utf8), base: .info).fault
        #expect(fault?.hasPrefix("whose line \(line) has the entry \"\(entry)\", which is neither") == true)
        #expect(fault?.hasSuffix("Levels: TRACE, DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL") == true)
    }

    @Test("Only a change is read: of the content, of a link to another file, and after the file was away")
    func changes() throws {
        let file = try TemporaryFile("levels")
        let levels = LevelsFile(path: Array(file.path.utf8), base: .info)
        func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

        #expect(
            levels.readIfChanged()
                == .fault(
                    "LOG_LEVELS_FILE is \"\(file.path)\", which cannot be read: No such file or directory; the levels stay as they are"
                )
        )
        #expect(levels.readIfChanged() == .same)
        try write("debug", to: file.path)
        #expect(levels.readIfChanged() == .levels(LogLevels(.debug)))
        #expect(levels.readIfChanged() == .same)
        try write("trace", to: file.path)
        #expect(levels.readIfChanged() == .levels(LogLevels(.trace)))
        try write("quiet", to: file.path)
        guard case .fault(let fault) = levels.readIfChanged() else { throw JSONLine.NotAnObject() }
        #expect(fault.hasPrefix("LOG_LEVELS_FILE is \"\(file.path)\", whose line 1 has the entry \"quiet\""))
        #expect(levels.readIfChanged() == .same)

        // Kubernetes: levels -> ..data/levels, and ..data is a link that is replaced.
        let manager = FileManager.default
        try manager.removeItem(atPath: file.path)
        for (version, text) in [("v1", "a=debug"), ("v2", "a=trace")] {
            try manager.createDirectory(atPath: "\(file.directory)/\(version)", withIntermediateDirectories: true)
            try write(text, to: "\(file.directory)/\(version)/levels")
        }
        let time = Date(timeIntervalSince1970: 1_000_000)
        for version in ["v1", "v2"] {
            try manager.setAttributes([.modificationDate: time], ofItemAtPath: "\(file.directory)/\(version)/levels")
        }
        try manager.createSymbolicLink(atPath: "\(file.directory)/data", withDestinationPath: "v1")
        try manager.createSymbolicLink(atPath: file.path, withDestinationPath: "data/levels")
        #expect(levels.readIfChanged() == .levels(LogLevels(.info, ["a": .debug])))
        try manager.createSymbolicLink(atPath: "\(file.directory)/next", withDestinationPath: "v2")
        #expect(rename("\(file.directory)/next", "\(file.directory)/data") == 0)
        #expect(levels.readIfChanged() == .levels(LogLevels(.info, ["a": .trace])))
        #expect(levels.readIfChanged() == .same)
    }

    @Test("A folder, a named pipe and a file that is too large are reported once, and do not block")
    func otherFiles() throws {
        let file = try TemporaryFile("levels")
        func fault(_ path: String) -> String? {
            let levels = LevelsFile(path: Array(path.utf8), base: .info)
            guard case .fault(let fault) = levels.readIfChanged() else { return nil }
            #expect(levels.readIfChanged() == .same)
            return fault
        }
        #expect(fault(file.directory)?.contains("Is a directory") == true)
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(fault(file.path)?.contains("Invalid argument") == true)
        let large = file.directory + "/large"
        try Data(repeating: UInt8(ascii: "\n"), count: 1 << 20).write(to: URL(fileURLWithPath: large))
        #expect(fault(large)?.contains("larger than 1 MiB") == true)
    }

    private func lines(_ result: ExitTest.Result?) throws -> [JSONLine] {
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        return try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
    }

    /// Runs in its own process, because set-up changes the whole process.
    @Test(
        "A running program gets the levels of a changed file, with one NOTICE line, and keeps them if the file is bad",
        arguments: ["0", "16KiB"]
    )
    func running(buffer: String) async throws {
        let file = try TemporaryFile("levels")
        let path = file.path
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            [buffer, path = path as String] in
            endAfter(seconds: 150)
            func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
            /// Logs until the levels are these, which takes a line of the next second.
            func wait(for levels: LogLevels) {
                while Log.levels != levels {
                    Log("tick").error("tick")
                    usleep(20_000)
                }
            }
            try write("error, app.loud=debug")
            setenv("LOG_LEVEL", "critical", 1)
            setenv("LOG_LEVELS", "app=trace", 1)
            setenv("LOG_BUFFER", buffer, 1)
            setenv("LOG_LEVELS_FILE", path, 1)
            signal(SIGHUP, SIG_DFL)
            setupLogging()
            guard Log.levels == LogLevels(.error, ["app.loud": .debug]) else { exit(3) }
            Log("app.loud").debug("first")
            Log("app.quiet").info("off")
            try write("app.quiet=info")
            wait(for: LogLevels(.critical, ["app.quiet": .info]))
            Log("app.quiet").info("second")
            Log("app.loud").debug("off")
            let backend = WarningCounter()
            try write("app.quiet=loud")
            // The fault is found with a line of a later second, and not again in the next one.
            var found: Int?
            while found.map({ time(nil) < $0 + 2 }) ?? true {
                Log("tick").critical("tick")
                if backend.count > 0, found == nil { found = time(nil) }
                usleep(20_000)
            }
            guard Log.levels == LogLevels(.critical, ["app.quiet": .info]) else { exit(4) }
            if buffer == "0" {
                // A handler of SIGHUP would be ma-logger's: the program has none.
                var action = sigaction()
                sigaction(SIGHUP, nil, &action)
                guard action.__sigaction_handler.sa_handler == nil else { exit(5) }
            }
        }
        let lines = try lines(result).filter { $0.message != "tick" }
        #expect(lines.compactMap(\.message).count == 4)
        #expect(lines.first?.message == "first" && lines.dropFirst(2).first?.message == "second")
        let notice = try #require(lines.dropFirst().first)
        #expect(notice.level == "NOTICE" && notice.message == "LOG_LEVELS_FILE has changed the levels")
        #expect(notice.attributes?["levels"] == .string("CRITICAL, app.quiet=INFO"))
        #expect(notice.attributes?["path"] == .string(path))
        let warning = try #require(lines.last)
        #expect(warning.level == "WARNING" && warning.message?.contains("the entry \"app.quiet=loud\"") == true)
    }

    @Test("A file that cannot be used at the start is a problem of set-up, and LOG_LEVELS counts until it can be")
    func start() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_LEVELS", "app=debug", 1)
            setenv("LOG_LEVELS_FILE", "/nowhere/levels", 1)
            let setup = setupLogging()
            guard setup.problems.count == 1, Log.levels == LogLevels(.info, ["app": .debug]) else { exit(3) }
            Log("app").debug("on")
        }
        let lines = try lines(result)
        #expect(lines.map(\.level) == ["WARNING", "DEBUG"])
        #expect(lines.first?.message?.hasPrefix("LOG_LEVELS_FILE is \"/nowhere/levels\", which cannot be read") == true)
    }
}
