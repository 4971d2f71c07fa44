import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MALogger

@Suite("The JSON line", .timeLimit(.minutes(10)))
struct LineTests {
    /// Returns the part of a line after the timestamp.
    private func rest(_ line: String) -> String { String(line.dropFirst(43)) }

    @Test("A line without context and fields has the nine keys in their order, and N/A for each identifier")
    func nineKeys() throws {
        var label = ""
        let lines = try written { log in
            label = log.label
            LogContext.$current.withValue(LogContext()) {
                log.info("frame processed", line: 42)
            }
        }
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix(#"{"timestamp":"20"#))
        let expected =
            #""level":"INFO","message":"frame processed","service.name":"unknown-service","log.logger":"\#(label)","#
            + #""log.origin.file.line":42,"trace_id":"N/A","execution_id":"N/A","task_id":"N/A"}"#
        #expect(rest(lines[0]) == expected)
        _ = try JSONLine(lines[0])
    }

    struct Boom: StackTraceProviding {
        var stackTrace: String? { "at main\n" }
    }

    @Test("A line with span, fields and error has all keys in their order")
    func allKeys() throws {
        let context = LogContext(
            traceID: TraceID("0af7651916cd43dd8448eb211c80319c"),
            spanID: SpanID("b7ad6b7169203331"),
            executionID: "4LRT2TBcHcnXs5nW0IYVZd",
            taskID: "inference-3"
        )
        var label = ""
        let lines = try written(["SERVICE_NAME": "video-worker"], label: "pipeline.inference") { log in
            label = log.label
            LogContext.$current.withValue(context) {
                log.error("frame lost", error: Boom(), line: 42) {
                    $0.frame = 17
                    $0.duration = 0.0123
                    $0.camera = "north-gate"
                }
            }
        }
        let expected =
            #""level":"ERROR","message":"frame lost","service.name":"video-worker","log.logger":"\#(label)","#
            + #""log.origin.file.line":42,"trace_id":"0af7651916cd43dd8448eb211c80319c","#
            + #""execution_id":"4LRT2TBcHcnXs5nW0IYVZd","task_id":"inference-3","span_id":"b7ad6b7169203331","#
            + #""trace_flags":"01","attributes":{"frame":17,"duration":0.0123,"camera":"north-gate"},"#
            + #""exception.type":"MALoggerTests.LineTests.Boom","exception.message":"Boom()","#
            + #""exception.stacktrace":"at main\n"}"#
        #expect(rest(lines[0]) == expected)
        _ = try JSONLine(lines[0])
    }

    @Test("Each level has its name")
    func levels() throws {
        let lines = try written { log in
            log.info("")
            log.notice("")
            log.warning("")
            log.error("")
            log.critical("")
            // The lines go through the backend directly, for any level of the process, as swift-log's handler sends
            // them.
        }
        #expect(try lines.map { try JSONLine($0).level } == ["INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"])
    }

    @Test("The line number is the one of the call, and the label is the one of the Log")
    func origin() throws {
        var label = ""
        var place: UInt = 0
        let lines = try written(label: "a \"label\"\nשל") { log in
            label = log.label
            place = #line + 1
            log.info("here")
        }
        let line = try JSONLine(lines[0])
        #expect(line["log.origin.file.line"] == .integer(Int(place)))
        #expect(line.string("log.logger") == label)
    }

    @Test("service.name is SERVICE_NAME, or OTEL_SERVICE_NAME, or unknown-service; an empty variable counts as unset")
    func serviceName() throws {
        func name(_ environment: [String: String]) throws -> String? {
            try JSONLine(written(environment) { $0.info("") }[0]).string("service.name")
        }
        #expect(try name([:]) == "unknown-service")
        #expect(try name(["OTEL_SERVICE_NAME": "otel"]) == "otel")
        #expect(try name(["OTEL_SERVICE_NAME": "otel", "SERVICE_NAME": "own"]) == "own")
        #expect(try name(["OTEL_SERVICE_NAME": "otel", "SERVICE_NAME": ""]) == "otel")
        #expect(try name(["SERVICE_NAME": "a\"b\\\nנ"]) == "a\"b\\\nנ")
    }

    @Test("A correlation ID is written as trace_id without a span, and the flags are the context's")
    func identifiers() throws {
        let trace = TraceID.random()
        let lines = try written { log in
            LogContext.$current.withValue(
                LogContext(correlationID: "order-\"1234\"", executionID: "ex\\ה", taskID: "t\u{85}")
            ) {
                log.info("")
            }
            LogContext.$current.withValue(LogContext(traceID: trace, traceFlags: [])) { log.info("") }
            LogContext.$current.withValue(LogContext(traceID: trace, traceFlags: [.sampled, .random])) { log.info("") }
        }
        #expect(lines[0].hasSuffix(#""trace_id":"order-\"1234\"","execution_id":"ex\\ה","task_id":"t\u0085"}"#))
        let second = try JSONLine(lines[1])
        #expect(second.string("trace_id") == trace.description && second.string("trace_flags") == "00")
        #expect(try JSONLine(lines[2]).string("trace_flags") == "03")
        #expect(try JSONLine(lines[0])["span_id"] == nil)
    }

    @Test("An attribute with the name trace_id does not replace the real one")
    func shadowing() throws {
        let context = LogContext.newTrace().with {
            $0.trace_id = "context"
            $0.message = "mine"
        }
        let lines = try written { log in
            LogContext.$current.withValue(context) {
                log.info("real") {
                    $0.trace_id = "forged"
                    $0.level = 7
                }
            }
        }
        let line = try JSONLine(lines[0])
        #expect(line.string("trace_id") == context.traceID?.description)
        #expect(line.message == "real" && line.level == "INFO")
        #expect(line.attributes?.description == #"{"message":"mine","trace_id":"forged","level":7}"#)
    }

    @Test("attributes appears only if there are fields")
    func attributes() throws {
        let lines = try written { log in
            log.info("")
            log.info("") { _ in }
            log.info("") { $0.a = nil as Int? }
            log.with { $0.a = nil as Int? }.info("")
            log.with { $0.a = 1 }.info("") { $0.b = nil as Int? }
            log.info("") { $0.o { _ in } }
        }
        let attributes = try lines.map { try JSONLine($0).attributes?.description }
        #expect(attributes == [nil, nil, nil, nil, #"{"a":1}"#, #"{"o":{}}"#])
    }

    @Test("No message, field, label or error can begin a new line or move a terminal's cursor")
    func forging() throws {
        struct Forger: Error, CustomStringConvertible {
            let description: String
        }
        let evil = "x\n{\"timestamp\":\"1\"}\r\u{1B}[2J\u{0}\u{85}\u{9B}1m\u{2028}\u{2029}\u{7F}\","
        // The initializer would refuse such texts.
        let context = LogContext(taskID: evil).changed {
            $0.correlationID = evil
            $0.executionID = evil
        }
        let lines = try written(["SERVICE_NAME": evil], label: evil) { log in
            LogContext.$current.withValue(context) {
                log.error(evil, error: Forger(description: evil)) { $0[evil] = evil }
            }
        }
        #expect(lines.count == 1)
        let line = try JSONLine(lines[0])
        #expect(line.message == evil)
        #expect(
            line.string("trace_id") == evil && line.string("execution_id") == evil && line.string("task_id") == evil
        )
        #expect(line.attributes == .object([.init(name: evil, value: .string(evil))]))
        #expect(line.string("exception.message") == evil)
        #expect(line.string("service.name") == evil)
        for scalar in lines[0].unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F..<0xA0 ~= scalar.value) && !(0x2028...0x2029 ~= scalar.value))
        }
    }

    struct Left<Inner>: Error {}
    struct Right<Inner>: Error {}

    /// Returns one error of each of 2 ^ `depth` types.
    private func errors<Inner>(_ inner: Inner.Type, depth: Int) -> [any Error] {
        guard depth > 1 else { return [Left<Inner>(), Right<Inner>()] }
        return errors(Left<Inner>.self, depth: depth - 1) + errors(Right<Inner>.self, depth: depth - 1)
    }

    @Test("Each of 512 types of errors has its own name, on the second line too")
    func errorTypes() throws {
        let errors = errors(Int.self, depth: 9)
        let lines = try written { log in
            for _ in 0..<2 { for error in errors { log.error("", error: error) } }
        }
        let names = errors.map { String(reflecting: type(of: $0)) }
        #expect(Set(names).count == 512)
        #expect(try lines.map { try JSONLine($0).string("exception.type") } == names + names)
    }

    @Test("Hebrew, emoji and a megabyte of text are complete")
    func wholeMessages() throws {
        let huge = String(repeating: "0123456789abcdefשלום🚢", count: 40_000)
        let lines = try written { log in
            log.info("שלום 🚢")
            log.info(huge) { $0.text = huge }
            log.info("after")
        }
        #expect(lines[0].contains(#""message":"שלום 🚢""#))
        #expect(try JSONLine(lines[1]).message == huge)
        #expect(try JSONLine(lines[1]).attributes == .object([.init(name: "text", value: .string(huge))]))
        #expect(try JSONLine(lines[2]).message == "after")
    }

    @Test("Each line is one write")
    func oneWrite() throws {
        // A packet socket preserves the boundaries of writes.
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let log = LineRouter.log(to: LineBackend(settings: LogSettings([:]), standardOutput: ends[1]))
        let text = String(repeating: "x", count: 50_000)
        log.info("short")
        log.error("error", error: Boom()) { $0.text = "\n" }
        log.info("long") { $0.text = text }
        var buffer = [UInt8](repeating: 0, count: 200_000)
        for message in ["short", "error", "long"] {
            let count = recv(ends[0], &buffer, buffer.count, Int32(MSG_DONTWAIT))
            let packet = String(decoding: buffer[0..<max(count, 0)], as: UTF8.self)
            #expect(try lines(of: packet).map { try JSONLine($0).message } == [message])
        }
    }
}
