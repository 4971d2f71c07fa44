import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("The console line", .timeLimit(.minutes(10)))
struct ConsoleLineTests {
    /// Returns the part of a line after the time of day.
    private func line(
        label: String = "console",
        _ context: LogContext = LogContext(),
        _ body: (Log) -> Void
    ) throws -> String {
        let lines = try written(
            ["LOG_FORMAT": "console", "NO_COLOR": "1"],
            label: label
        ) {
            log in LogContext.$current.withValue(context) { body(log) }
        }
        #expect(lines.count == 1)
        return lines.first.map { String($0.dropFirst(16)) } ?? ""
    }

    static let context = LogContext(
        traceID: TraceID("0af7651916cd43dd8448eb211c80319c"),
        spanID: SpanID("b7ad6b7169203331"),
        executionID: "run-1",
        taskID: "inference-3"
    )
    static let identifiers =
        "trace_id=0af7651916cd43dd8448eb211c80319c execution_id=run-1 task_id=inference-3 span_id=b7ad6b7169203331"

    @Test("A line has the level, label, message, fields and identifiers in this order")
    func order() throws {
        var label = ""
        let line = try line(Self.context) { log in
            label = log.label
            log.info("frame processed") {
                $0.frame = 17
                $0.camera = "north-gate"
                $0.ok = true
            }
        }
        #expect(line == "INFO     \(label)  frame processed  frame=17 camera=north-gate ok=true  \(Self.identifiers)")
    }

    @Test(
        "A message that looks like an identifier is quoted",
        arguments: [
            "done  trace_id=ffffffffffffffffffffffffffffffff", "task_id=forged", "x execution_id=1", "a=1 span_id=2",
            "x trace_id=\u{200D}1", "x trace_id\u{200B}=1", "x t\u{2060}ask_id=1", "x \u{600}span_id=1",
            "x execution_id=\u{301}1",
        ]
    )
    func message(text: String) throws {
        let line = try line(Self.context) { $0.info(text) }
        #expect(line.contains("  \"\(text)\"  \(Self.identifiers)"), "\(line)")
    }

    @Test("A field with the name of an identifier has its name in quotes")
    func fieldName() throws {
        let line = try line(Self.context) {
            $0.info("real") {
                $0.trace_id = "forged"
                $0["a b"] = 1
                $0["a=b"] = 2
                $0.trace_ids = 3
                $0["trace_id\u{200D}"] = 4
            }
        }
        #expect(
            line.contains(#"  "trace_id"=forged "a b"=1 "a=b"=2 trace_ids=3 "trace_id\#u{200D}"=4  trace_id=0af7"#),
            "\(line)"
        )
    }

    @Test(
        "The name of a field that begins with a blank of any kind is in quotes",
        arguments: ["\u{2003}trace_id", "\u{A0}task_id", "x\u{3000}span_id", "\u{2800}execution_id", "\u{1680}y"]
    )
    func blankInFieldName(name: String) throws {
        let line = try line(Self.context) { $0.info("real") { $0[name] = "forged" } }
        #expect(line.hasSuffix("  real  \"\(name)\"=forged  \(Self.identifiers)"), "\(line)")
    }

    @Test("A text with blanks, quotes or equals signs is quoted as a field and as an identifier")
    func texts() throws {
        let context = LogContext(correlationID: "order trace_id=1", executionID: "a\"b", taskID: "plain")
        let line = try line(context) {
            $0.info("plain message") {
                $0.a = "two words"
                $0.b = "k=v"
                $0.c = "\"quoted\""
                $0.d = ""
                $0.e = "plain"
                $0.f = ["trace_id": "in JSON"]
            }
        }
        let expected =
            #"  plain message  a="two words" b="k=v" c="\"quoted\"" d="" e=plain f={"trace_id":"in JSON"}"#
            + #"  trace_id="order trace_id=1" execution_id="a\"b" task_id=plain"#
        #expect(line.hasSuffix(expected), "\(line)")
    }

    struct Forger: Error, CustomStringConvertible { let description: String }

    @Test("An error and a label that look like identifiers are quoted")
    func errorAndLabel() throws {
        let forged = try line(label: "trace_id=1", Self.context) {
            $0.error("failed", error: Forger(description: "task_id=2"))
        }
        #expect(forged.contains(#" "trace_id=1."#))
        #expect(forged.contains(#"Forger: "task_id=2"  trace_id=0af7"#), "\(forged)")
    }

    @Test("No text begins a new line or moves the cursor")
    func controls() throws {
        let evil = "x\n\u{1B}[2J\r\u{85}\u{9B}1m\u{2028}\u{0}"
        let context = LogContext(taskID: evil)
        let line = try line(label: evil, context) {
            $0.error(evil, error: Forger(description: evil)) { $0[evil] = evil }
        }
        for scalar in line.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F..<0xA0 ~= scalar.value) && scalar.value != 0x2028)
        }
    }
}
