import Foundation
import TestSupport
import Testing

@testable import ContextLog
@testable import MALogger

@Suite("Kestra's lines", .timeLimit(.minutes(10)))
struct KestraLineTests {
    /// Returns the object in a line, as Kestra reads it: the line is exactly `::{…}::`, and has no other `::`.
    private func object(_ line: String) throws -> [String: Any] {
        let parts = line.components(separatedBy: "::")
        #expect(parts.count == 3 && parts.first == "" && parts.last == "", "\(line)")
        let json = try #require(parts.count > 1 ? parts[1] : nil)
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    private func log(_ line: String) throws -> (level: String?, message: String?) {
        let logs = try #require(try object(line)["logs"] as? [[String: String]])
        #expect(logs.count == 1)
        return (logs.first?["level"], logs.first?["message"])
    }

    @Test("Each level is one of Kestra's five, and the message names a level that Kestra does not have")
    func levels() throws {
        let names = LogLevel.allCases.map { "\(KestraLineFormat.level($0))" }
        #expect(names == ["TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "ERROR"])
        let lines = try written(["LOG_FORMAT": "kestra"]) { log in
            for level in LogLevel.allCases where level >= .info { log.log(level, "m") }
        }
        let logs = try lines.map { try log($0) }
        #expect(logs.map(\.level) == ["INFO", "INFO", "WARN", "ERROR", "ERROR"])
        #expect(logs.map { $0.message?.prefix { $0.isUppercase } } == ["", "NOTICE", "", "", "CRITICAL"])
    }

    @Test("The message has the fields, the error and the IDs")
    func message() throws {
        let context = LogContext(
            correlationID: "0af7651916cd43dd8448eb211c80319c",
            executionID: "run",
            taskID: "detect"
        )
        var label = ""
        let lines = try written(["LOG_FORMAT": "kestra"]) { log in
            label = log.label
            LogContext.$current.withValue(context) {
                log.warning("frame dropped", error: CancellationError()) { $0.frame = 17 }
            }
        }
        let message = try log(try #require(lines.first)).message
        let identifiers = "trace_id=0af7651916cd43dd8448eb211c80319c execution_id=run task_id=detect span_id="
        let start = "\(label)  frame dropped  frame=17  Swift.CancellationError: CancellationError()  \(identifiers)"
        #expect(message?.hasPrefix(start) == true, "\(message ?? "")")
    }

    @Test(
        "A text cannot end the line or the object",
        arguments: [
            "a}::::{\"outputs\":{\"x\":1}", ":::::", "::", "a\nb", "\u{2028}", "\u{2029}", "\u{85}", "\r", "\"}]}::",
            "\u{0}", "ends with :", ": begins", "שורה",
        ]
    )
    func hostile(text: String) throws {
        let lines = try written(["LOG_FORMAT": "kestra"]) { $0.info("<\(text)>") { $0.text = text } }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.unicodeScalars.allSatisfy { !["\u{2028}", "\u{2029}", "\u{85}", "\r"].contains($0) })
        let message = try #require(try log(line).message)
        // The message has the text as a JSON string has it, so that it stays one line.
        let escaped = try #require(
            message.split(separator: "<", maxSplits: 1).last?.split(separator: ">", maxSplits: 1).first
        )
        let decoded = try JSONDecoder().decode(String.self, from: Data("\"\(escaped)\"".utf8))
        #expect(decoded == text)
    }

    @Test("Outputs keep their types and are escaped like a message")
    func outputs() throws {
        let fields = LogFields.render {
            $0.frames = 17
            $0.path = "/out::\u{2028}"
            $0.boxes = [1, 2]
            $0.camera { $0.id = "north-gate" }
        }
        let line = String(decoding: try #require(KestraReport.outputs(fields)), as: UTF8.self)
        let outputs = try #require(try object(String(line.dropLast()))["outputs"] as? NSDictionary)
        let expected: NSDictionary = [
            "frames": 17, "path": "/out::\u{2028}", "boxes": [1, 2], "camera": ["id": "north-gate"],
        ]
        #expect(outputs == expected)
        #expect(KestraReport.outputs(LogFields.render { _ in }) == nil)
    }

    @Test("A metric has a type, a number and tags")
    func metric() throws {
        let tags = ["b": "::", "a": "\""]
        let line = String(decoding: KestraReport.metric("rows", type: "counter", 3, tags: tags), as: UTF8.self)
        let metrics = try #require(try object(String(line.dropLast()))["metrics"] as? [NSDictionary])
        #expect(metrics == [["name": "rows", "type": "counter", "value": 3, "tags": ["a": "\"", "b": "::"]]])
    }

    @Test("Reports and log lines of many threads do not tear each other")
    func threads() throws {
        let file = try TemporaryFile()
        let descriptor = file.open()
        defer { close(descriptor) }
        let backend = LineBackend(settings: LogSettings(["LOG_FORMAT": "kestra"]), standardOutput: descriptor)
        let log = LineRouter.log(to: backend, label: "threads")
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<200 {
                backend.write(report: KestraReport.metric("m", type: "counter", Double(number), tags: [:]))
                log.info("thread \(thread)") { $0.number = number }
            }
        }
        let lines = lines(of: file.text ?? "")
        #expect(lines.count == 3200)
        let objects = try lines.map { try object($0) }
        #expect(objects.count { $0["metrics"] != nil } == 1600)
    }

    @Test("Without LOG_FORMAT=kestra, outputs and metrics are lines of the log")
    func otherFormat() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setupLogging()
            KestraTask.output { $0.frames = 17 }
            KestraTask.count("rows", 3, tags: ["a": "b"])
            KestraTask.time("inference", .milliseconds(1500))
            KestraTask.count("broken", .nan)
        }
        let lines = lines(of: String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        let parsed = try lines.map { try JSONLine($0) }
        #expect(parsed.map { $0.string("message") }.prefix(3) == ["task outputs", "task metric", "task metric"])
        #expect(lines[0].contains(#""attributes":{"frames":17}"#))
        #expect(
            lines[1].contains(#""attributes":{"name":"rows","type":"counter","value":3.0,"tags":{"a":"b"}}"#)
        )
        #expect(lines[2].contains(#""value":1.5"#))
        #expect(lines[3].contains("The counter broken was not reported: its value nan is not a finite number"))
        #expect(parsed.last?.string("level") == "WARNING")
    }

    @Test("With LOG_FORMAT=kestra, outputs and metrics are lines that Kestra reads")
    func kestraFormat() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_FORMAT", "kestra", 1)
            setupLogging()
            KestraTask.output { $0.frames = 17 }
            KestraTask.time("inference", .milliseconds(1500))
        }
        let lines = lines(of: String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(
            lines == [
                #"::{"outputs":{"frames":17}}::"#,
                #"::{"metrics":[{"name":"inference","type":"timer","value":1.5}]}::"#,
            ]
        )
    }
}
