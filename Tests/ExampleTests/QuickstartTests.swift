import Foundation
import Testing

@testable import quickstart

/// The program as its users run it, on the embedded broker.
@Suite("The program quickstart", .timeLimit(.minutes(10)))
struct QuickstartTests {
    private func lines(_ child: ChildProcess) async -> [Data] {
        var lines: [Data] = []
        for await line in child.lines { lines.append(line) }
        return lines
    }

    @Test("A pipe gets only log lines with all IDs, and stderr gives their exact number")
    func pipe() async throws {
        let child = try ChildProcess("quickstart", ["--frames", "30"])
        let lines = await lines(child)
        #expect(await child.status == 0)
        for text in lines {
            #expect(LoggedLine(text) != nil, "\(String(decoding: text, as: UTF8.self))")
            #expect(!text.contains(Data("\"N/A\"".utf8)) && !text.contains(Data("unknown-service".utf8)))
        }
        #expect(lines.compactMap { LoggedLine($0)?.frame }.count == 30 * 7)
        #expect(
            child.errorText.hasPrefix("quickstart: 0 of \(lines.count) lines and 0 of 60 records have a wrong ID\n")
        )
    }

    @Test("The variables of the user take precedence over those of the example")
    func variables() async throws {
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let environment = [
            "OTEL_SERVICE_NAME": "mine", "KESTRA_EXECUTION_ID": "execution", "KESTRA_TASK_ID": "task",
            "TRACEPARENT": "00-\(trace)-b7ad6b7169203331-01",
        ]
        let child = try ChildProcess("quickstart", ["--frames", "1"], environment: environment)
        let lines = await lines(child)
        #expect(await child.status == 0)
        let own = lines.compactMap { LoggedLine($0) }.filter { $0.frame == nil }
        #expect(own.count > 2 && own.allSatisfy { $0.trace == trace && $0.task == "task" })
        #expect(lines.allSatisfy { $0.contains(Data(#""service.name":"mine""#.utf8)) })
        #expect(lines.compactMap { LoggedLine($0) }.allSatisfy { $0.execution == "execution" })
    }

    @Test("Without the bridge, the first sentence is about the wrong IDs, and the status is 1")
    func bare() async throws {
        let child = try ChildProcess("quickstart", ["--frames", "5", "--bare"])
        let count = await lines(child).count
        #expect(await child.status == 1)
        let sentences = child.errorText.split(separator: "\n")
        #expect(sentences.first == "quickstart: FAILED: 5 lines and 0 records have a wrong ID")
        #expect(sentences.contains { $0.hasPrefix(#"quickstart: the first line with a wrong ID: {"timestamp""#) })
        #expect(sentences.contains("quickstart: 5 of \(count) lines and 0 of 10 records have a wrong ID"))
    }

    @Test(
        "The summary says which lines were not checked, and why",
        arguments: [
            (["LOG_FORMAT": "console"], "the lines, because LOG_FORMAT is console"),
            (["LOG_SCHEMA": "ecs"], "the lines, because LOG_SCHEMA is ecs"),
            (["LOG_LEVEL": "error"], "14 lines about frames that were not written; see LOG_LEVEL and LOG_LEVELS"),
            (["LOG_SPANS": "otlp"], "8 lines with spans"),
        ]
    )
    func unchecked(environment: [String: String], sentence: String) async throws {
        let child = try ChildProcess("quickstart", ["--frames", "2"], environment: environment)
        _ = await lines(child)
        #expect(await child.status == 0)
        #expect(child.errorText.hasPrefix("quickstart: unchecked: \(sentence)\n"), "\(child.errorText)")
    }

    @Test("A terminal shows two frames as tables whose rows are in the file of the lines", arguments: [80, 100, 200])
    func terminal(columns: Int) async throws {
        let child = try TerminalProcess(
            "quickstart",
            ["--frames", "8"],
            columns: columns,
            environment: ["NO_COLOR": "1", "TERM": "xterm"]
        )
        let text = await child.text
        let rows = text.split(whereSeparator: \.isNewline).map { String($0) }
        #expect(await child.status == 0)
        let found = rows.compactMap { $0.firstMatch(of: /all lines are in (\S+)/)?.1 }.first
        let path = try #require(found)
        defer { try? FileManager.default.removeItem(atPath: String(path)) }
        let file = try Data(contentsOf: URL(fileURLWithPath: String(path)))
        let lines = file.split(separator: UInt8(ascii: "\n")).compactMap { LoggedLine(Data($0)) }
        #expect(lines.compactMap(\.frame).count == 9 * 7)
        #expect(rows.contains { $0.contains("0 of the other \(lines.count - 1) lines and 0 of 18 records") })

        // Progress and JSON are not on the terminal.
        let shown = rows.filter { !$0.contains("grep ") && !$0.contains("\u{1B}[K") }
        #expect(shown.allSatisfy { $0.count <= min(columns, 100) && !$0.contains("{") && !$0.contains("\u{1B}") })
        let steps = shown.filter { $0.contains("✓") || $0.contains("✗") }
        #expect(steps.count == 2 * 9)
        let names = ["camera", "Kafka broker", "worker", "Dispatch queue", "child task", "archive"]
        for half in [steps.prefix(9), steps.suffix(9)] {
            #expect(names.allSatisfy { name in half.contains { $0.hasPrefix("  \(name) ") } })
        }
        let lost = steps.filter { $0.contains("✗") }
        #expect(lost.count == 1 && lost.first == steps.suffix(9).first { $0.contains("Dispatch queue") })
        #expect(lost.first?.hasSuffix("LOST") == true)
        for step in steps {
            let found = step.firstMatch(of: /\s\s(\d+|–)\s\s+(.+?)…?\s+[✓✗]\s(\S+)/)
            let match = try #require(found, "\(step)")
            let isLine = lines.contains { line in
                guard FrameLife.short(line.trace) == match.3, line.frame != nil else { return false }
                return FrameRow.rows(of: line).contains { $0.line.hasPrefix(match.2) && $0.thread == match.1 }
            }
            let isLost = lines.contains { FrameLife.short($0.trace) == match.3 && $0.message == match.2 }
            #expect(isLine || isLost && step == lost.first, "\(step)")
        }
    }

    @Test("One ID has one colour, and the ID of a line that lost its trace has another")
    func colours() async throws {
        let child = try TerminalProcess("quickstart", ["--frames", "2"], columns: 100, environment: ["TERM": "xterm"])
        let text = await child.text
        #expect(await child.status == 0)
        let found = text.firstMatch(of: /all lines are in (\S+)/)?.1
        let path = try #require(found)
        try? FileManager.default.removeItem(atPath: String(path))
        #expect(text.matches(of: /\u{1B}\[32m✓ \S+\u{1B}\[0m/).count == 17)
        #expect(text.matches(of: /\u{1B}\[1;31m✗ \S+  LOST\u{1B}\[0m/).count == 1)
    }
}
