import Foundation
import MALogger
import Testing

/// Each test runs in its own process, because set-up changes the whole process.
@Suite("setupLogging(): losses and levels", .timeLimit(.minutes(10)))
struct SetupLoggingLossTests {
    private func lines(_ result: ExitTest.Result?) throws -> [JSONLine] {
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        return try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
    }

    @Test("Lines that a closed stdout loses are counted")
    func lost() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(3) }
            close(ends[1])
            setupLogging()
            Log("app").info("read")
            guard LostLines.now.standardOutput == 0 else { exit(4) }
            close(ends[0])
            for _ in 0..<3 { Log("app").info("lost") }
            guard LostLines.now.standardOutput == 3, LostLines.now.file == 0 else { exit(5) }
        }
    }

    @Test("The application's handler of SIGPIPE stays")
    func brokenPipeHandler() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE) { _ in exit(0) }
            setupLogging()
            raise(SIGPIPE)
            exit(3)
        }
    }

    @Test("A bad value is reported by its WARNING line, for any configured level")
    func quietLevel() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_LEVEL", "critical", 1)
            setenv("LOG_FORMAT", "xml", 1)
            setupLogging()
            Log("app").warning("off")
        }
        let lines = try lines(result)
        #expect(lines.map(\.level) == ["WARNING"])
        #expect(lines.first?.message?.contains("LOG_FORMAT") == true)
    }

    @Test("A skipped entry of OTEL_PROPAGATORS leaves the others, and the default applies if none is left")
    func propagators() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("OTEL_PROPAGATORS", "zipkin", 1)
            let setup = setupLogging()
            guard setup.problems.count == 1 else { exit(3) }
            var headers: [String: String] = [:]
            HeaderCodecs.environment.inject(.newTrace(), into: &headers)
            guard headers["traceparent"] != nil, headers["trace_id"] != nil else { exit(4) }
        }
        #expect(try lines(result).map(\.level) == ["WARNING"])
    }
}
