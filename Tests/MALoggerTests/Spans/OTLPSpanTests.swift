import ContextPropagation
import Foundation
import TestSupport
import Testing

@testable import ContextLog
@testable import MALogger

/// The form is also checked against OpenTelemetry's protobuf definitions; see `Tests/Interop/python/spans.py`.
@Suite("Spans as OTLP/JSON", .timeLimit(.minutes(10)))
struct OTLPSpanTests {
    private struct Fault: Error, CustomStringConvertible { let description = "no \"model\"" }

    private struct KeyFault: Error, CustomStringConvertible { let description = "the secret is wrong" }

    private let format = OTLPSpanFormat(serviceName: "video \"worker\"")

    private func span(_ line: [UInt8]?) throws -> (resource: [String: Any], scope: [String: Any], span: [String: Any]) {
        let line = try #require(line)
        #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 >= 0x20 })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        let resource = try #require((object["resourceSpans"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        let span = try #require((scope["spans"] as? [[String: Any]])?.first)
        return (
            try #require(resource["resource"] as? [String: Any]), try #require(scope["scope"] as? [String: Any]), span
        )
    }

    /// The attributes as text, by name. Fails if a name is there twice.
    private func attributes(_ object: [String: Any]?) throws -> [String: String] {
        var texts: [String: String] = [:]
        for attribute in try #require(object?["attributes"] as? [[String: Any]]) {
            let value = try JSONSerialization.data(withJSONObject: attribute["value"] as Any, options: .sortedKeys)
            let key = try #require(attribute["key"] as? String)
            #expect(texts.updateValue(String(decoding: value, as: UTF8.self), forKey: key) == nil)
        }
        return texts
    }

    @Test("A span has its IDs, its times, its status, its error and its links")
    func members() throws {
        let traceID = try #require(TraceID("0af7651916cd43dd8448eb211c80319c"))
        let spanID = try #require(SpanID("b7ad6b7169203331"))
        let parent = try #require(SpanID("00f067aa0ba902b7"))
        let context = LogContext(
            traceID: traceID,
            spanID: spanID,
            traceState: TraceState("a=1"),
            executionID: "run-7",
            taskID: "detect"
        )
        let start = MonotonicTime.now
        let finished = FinishedSpan(
            "detect \"cars\"",
            .consumer,
            scope: "video",
            in: context,
            below: parent,
            since: start,
            source: FinishedSpan.Source(fileID: "M/F.swift", function: "run()", line: 7),
            error: Fault(),
            links: [TraceParent(traceID: traceID, spanID: parent, traceFlags: .sampled)]
        )
        let (resource, scope, span) = try self.span(format.line(finished))
        #expect(try attributes(resource)["service.name"] == #"{"stringValue":"video \"worker\""}"#)
        #expect(scope["name"] as? String == "video")
        #expect(span["traceId"] as? String == traceID.description && span["spanId"] as? String == spanID.description)
        #expect(span["parentSpanId"] as? String == parent.description)
        #expect(span["traceState"] as? String == "a=1" && span["flags"] as? Int == 1)
        #expect(span["name"] as? String == "detect \"cars\"" && span["kind"] as? Int == 5)
        let times = try ["startTimeUnixNano", "endTimeUnixNano"].map { name in
            let digits = try #require(span[name] as? String)
            return try #require(UInt64(digits))
        }
        #expect(times == [finished.start, finished.end] && times[0] <= times[1])
        #expect(abs(Double(times[1]) / 1e9 - Date().timeIntervalSince1970) < 60)
        #expect(
            try attributes(span) == [
                "execution_id": #"{"stringValue":"run-7"}"#, "task_id": #"{"stringValue":"detect"}"#,
                "code.file.path": #"{"stringValue":"M\/F.swift"}"#,
                "code.function.name": #"{"stringValue":"run()"}"#, "code.line.number": #"{"intValue":"7"}"#,
            ]
        )
        let status = try #require(span["status"] as? [String: Any])
        #expect(status["code"] as? Int == 2 && status["message"] as? String == "no \"model\"")
        let event = try #require((span["events"] as? [[String: Any]])?.first)
        #expect(event["name"] as? String == "exception")
        #expect(try attributes(event)["exception.message"] == #"{"stringValue":"no \"model\""}"#)
        let links = try #require(span["links"] as? [[String: Any]])
        #expect(links.map { $0["spanId"] as? String } == [parent.description])
    }

    @Test("Each kind of field becomes the kind of value that OTLP has for it; a later field replaces one of its name")
    func values() throws {
        let context = LogContext.newTrace().with {
            $0.camera = "gate"
            $0.tenant = 3
        }
        let fields = LogFields.render {
            $0.camera = "north"
            $0.frame = -17
            $0.ratio = 0.5
            $0.large = UInt64.max
            $0.nan = Double.nan
            $0.isFirst = true
            $0.text = "a\",{}[]\n"
            $0.list = [1, nil, 2] as [Int?]
            $0.none = [Int]()
            $0.box {
                $0.x = 1
                $0.name = "b"
            }
            $0.empty { _ in }
        }
        let finished = FinishedSpan("s", .internal, scope: "t", in: context, below: nil, since: 0, attributes: fields)
        let (_, _, span) = try span(format.line(finished))
        #expect(span["parentSpanId"] == nil && span["status"] == nil && span["events"] == nil && span["links"] == nil)
        var found = try attributes(span)
        let taskID = found.removeValue(forKey: "task_id")
        #expect(taskID == nil || context.taskID != nil)
        found["execution_id"] = nil
        #expect(
            found == [
                "tenant": #"{"intValue":"3"}"#, "camera": #"{"stringValue":"north"}"#,
                "frame": #"{"intValue":"-17"}"#, "ratio": #"{"doubleValue":0.5}"#,
                "large": #"{"stringValue":"18446744073709551615"}"#, "nan": #"{"stringValue":"NaN"}"#,
                "isFirst": #"{"boolValue":true}"#, "text": #"{"stringValue":"a\",{}[]\n"}"#,
                "list": #"{"arrayValue":{"values":[{"intValue":"1"},{},{"intValue":"2"}]}}"#,
                "none": #"{"arrayValue":{"values":[]}}"#,
                "box":
                    #"{"kvlistValue":{"values":[{"key":"x","value":{"intValue":"1"}},{"key":"name","value":{"stringValue":"b"}}]}}"#,
                "empty": #"{"kvlistValue":{"values":[]}}"#,
            ]
        )
    }

    @Test("A field cannot pass for an attribute that the span has itself, and no attribute is there twice")
    func ownAttributes() throws {
        let context = LogContext(traceID: .random(), executionID: "run-7", taskID: "detect").with {
            $0.execution_id = "forged"
            $0.task_id = "forged"
            $0.tenant = 3
        }
        let fields = LogFields.render {
            $0.task_id = 4
            $0["code.file.path"] = "forged"
            $0["code.function.name"] = "forged"
            $0["code.line.number"] = 1
        }
        let finished = FinishedSpan(
            "s",
            .internal,
            scope: "t",
            in: context,
            below: nil,
            since: 0,
            source: FinishedSpan.Source(fileID: "M/F.swift", function: "run(\"a\")", line: 7),
            attributes: fields
        )
        let (_, _, span) = try span(format.line(finished))
        #expect(
            try attributes(span) == [
                "tenant": #"{"intValue":"3"}"#, "execution_id": #"{"stringValue":"run-7"}"#,
                "task_id": #"{"stringValue":"detect"}"#, "code.file.path": #"{"stringValue":"M\/F.swift"}"#,
                "code.function.name": #"{"stringValue":"run(\"a\")"}"#, "code.line.number": #"{"intValue":"7"}"#,
            ]
        )
    }

    @Test("Values that LOG_REDACT names are redacted in attributes at any depth, and in the error's text")
    func redaction() throws {
        let format = OTLPSpanFormat(
            serviceName: "video",
            redactor: FieldRedactor("card,*.password,exception.message")
        )
        let fields = LogFields.render {
            $0.card = "4111-secret"
            $0.frame = 17
            $0.user { $0.password = "secret" }
        }
        let context = LogContext.newTrace().with { $0.card = "5500-secret" }
        let finished = FinishedSpan(
            "s",
            .internal,
            scope: "t",
            in: context,
            below: nil,
            since: 0,
            attributes: fields,
            error: KeyFault()
        )
        let line = try #require(format.line(finished))
        let (_, _, span) = try span(line)
        let attributes = try attributes(span)
        #expect(attributes["card"] == #"{"stringValue":"[redacted]"}"# && attributes["frame"] == #"{"intValue":"17"}"#)
        #expect(!String(decoding: line, as: UTF8.self).contains("secret"))
    }

    @Test("A context without a trace has no span")
    func withoutTrace() {
        let context = LogContext(correlationID: "order-1234")
        #expect(format.line(FinishedSpan("s", .internal, scope: "t", in: context, below: nil, since: 0)) == nil)
    }

    @Test(
        "A setting that cannot work is an error that names the variable and the choices",
        arguments: [
            (["LOG_SPANS": "zipkin"], "LOG_SPANS is \"zipkin\", which is not a format", "Choices: none, otlp"),
            (["LOG_SPANS_FILE_PATH": "/s"], "LOG_SPANS_FILE_PATH has no effect", "LOG_SPANS is not otlp"),
            (["LOG_SPANS": "otlp", "LOG_FORMAT": "kestra"], "LOG_FORMAT kestra", "Set LOG_SPANS_FILE_PATH"),
        ]
    )
    func settings(_ environment: [String: String], _ fault: String, _ choices: String) {
        let settings = LogSettings(environment)
        #expect(settings.spans == nil)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.contains(fault) == true && settings.problems.first?.contains(choices) == true)
    }

    @Test(
        "A LOG_SPANS_FILE_PATH that is standard output gets each span there, and LOG_FILE_PATH gets none",
        arguments: [nil, "64KiB"]
    )
    func standardOutput(buffer: String?) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [buffer] in
            let file = try TemporaryFile()
            setenv("LOG_FORMAT", "console", 1)
            setenv("LOG_SPANS", "otlp", 1)
            setenv("LOG_SPANS_FILE_PATH", "/dev/stdout", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            if let buffer { setenv("LOG_BUFFER", buffer, 1) }
            setupLogging()
            for number in 0..<3 {
                Log("app").info("line \(number)")
                SpanExport.export(
                    FinishedSpan("span", .internal, scope: "t", in: .current, below: nil, since: MonotonicTime.now)
                )
            }
            flushLogging()
            let text = file.text ?? ""
            exit(text.contains("line 2") && !text.contains("resourceSpans") ? 0 : 3)
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let lines = text.split(separator: "\n").compactMap { line in
            line.contains("line ") ? "line" : line.hasPrefix("{\"resourceSpans\"") && line.hasSuffix("}") ? "span" : nil
        }
        #expect(lines == ["line", "span", "line", "span", "line", "span"])
    }

    @Test("Spans go among the lines, or to a file")
    func places() {
        #expect(LogSettings(["LOG_SPANS": "OTLP"]).spans == SpanSettings(filePath: nil))
        let settings = LogSettings(["LOG_SPANS": "otlp", "LOG_SPANS_FILE_PATH": "/s", "LOG_FORMAT": "console"])
        #expect(settings.spans == SpanSettings(filePath: Array("/s".utf8)) && settings.problems.isEmpty)
    }
}
