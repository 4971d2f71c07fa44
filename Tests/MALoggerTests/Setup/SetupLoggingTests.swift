import Foundation
import MALogger
import Testing

/// Each test runs in its own process, because set-up changes the whole process.
@Suite("setupLogging()", .timeLimit(.minutes(10)))
struct SetupLoggingTests {
    private func lines(_ result: ExitTest.Result?) throws -> [JSONLine] {
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        return try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
    }

    @Test("Every value that cannot be used gives one WARNING line with the variable, the value and the choices")
    func badValues() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_LEVEL", "loud", 1)
            setenv("LOG_LEVELS", "kafka=quiet,pipeline=debug,nothing", 1)
            setenv("LOG_FORMAT", "xml", 1)
            setenv("LOG_FILE_PATH", "/nowhere/at/all.log", 1)
            setenv("TRACING_ID", "line\nbreak", 1)
            setenv("TRACEPARENT", "junk", 1)
            setenv("TASK_ID", String(repeating: "x", count: 257), 1)
            setenv("OTEL_PROPAGATORS", "tracecontext,zipkin", 1)
            let setup = setupLogging()
            Log("pipeline.decode").debug("debug is on")
            Log("other").debug("debug is off")
            guard setup.isFirst, setup.problems.count == 9 else { exit(3) }
        }
        let lines = try lines(result)
        let warnings = lines.filter { $0.level == "WARNING" }.compactMap(\.message)
        let named = [
            ["LOG_LEVEL ", "loud", "CRITICAL"], ["LOG_LEVELS", "kafka=quiet", "TRACE"], ["LOG_LEVELS", "nothing"],
            ["LOG_FORMAT", "xml", "console"], ["LOG_FILE_PATH", "/nowhere/at/all.log", "No such file or directory"],
            ["TRACING_ID", "is ignored"], ["TRACEPARENT", "is ignored", "00-<32 hex digits>"], ["TASK_ID", "256"],
            ["OTEL_PROPAGATORS", "zipkin", "b3multi"],
        ]
        #expect(warnings.count == named.count)
        for words in named {
            #expect(warnings.filter { warning in words.allSatisfy { warning.contains($0) } }.count == 1, "\(words)")
        }
        #expect(lines.last?.message == "debug is on")
    }

    @Test("The identifiers of the environment are on every line")
    func identifiers() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("SERVICE_NAME", "video-worker", 1)
            setenv("TRACING_ID", "0AF76519-16CD-43DD-8448-EB211C80319C", 1)
            setenv("KESTRA_EXECUTION_ID", "4LRT2TBcHcnXs5nW0IYVZd", 1)
            setenv("TASK_ID", "decode", 1)
            setupLogging()
            Log("app").info("started")
        }
        let line = try #require(try lines(result).first)
        #expect(line.string("service.name") == "video-worker")
        #expect(line.string("trace_id") == "0af7651916cd43dd8448eb211c80319c")
        #expect(line.string("execution_id") == "4LRT2TBcHcnXs5nW0IYVZd")
        #expect(line.string("task_id") == "decode")
        #expect(line.string("span_id")?.count == 16)
    }

    @Test("A second call changes nothing and reports it")
    func secondCall() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            guard setupLogging().isFirst else { exit(3) }
            setenv("LOG_LEVEL", "TRACE", 1)
            guard !setupLogging().isFirst else { exit(4) }
            Log("app").debug("still off")
            Log("app").info("on")
        }
        #expect(try lines(result).compactMap(\.message) == ["on"])
    }

    @Test("A closed stdout does not end the process or stop the file, which gets one warning about it")
    func closedOutput() async throws {
        await #expect(processExitsWith: .success) {
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: path) }
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(3) }
            close(ends[1])
            setenv("LOG_FILE_PATH", path, 1)
            setupLogging()
            close(ends[0])
            for number in 0..<3 { Log("app").info("line \(number)") }
            let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard text.contains("line 0"), text.contains("line 1"), text.contains("line 2") else { exit(4) }
            guard text.components(separatedBy: "\"WARNING\"").count == 2 else { exit(5) }
        }
    }

    @Test("The console format is readable, and no message moves the cursor")
    func console() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_FORMAT", "console", 1)
            setenv("NO_COLOR", "1", 1)
            setupLogging()
            Log("app").notice("hostile \u{1B}[2J\nline") { $0.frame = 17 }
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.contains("hostile") })
        #expect(line.contains("NOTICE") && line.contains("app") && line.contains("frame=17"))
        #expect(line.contains(#"hostile \u001b[2J\nline"#))
        #expect(!line.contains("\u{1B}"))
    }
}
