import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("Schemas of lines", .timeLimit(.minutes(10)))
struct SchemaLineTests {
    struct Boom: StackTraceProviding {
        var stackTrace: String? { "at main\nat start" }
    }

    static let context = LogContext(
        traceID: TraceID("0af7651916cd43dd8448eb211c80319c"),
        spanID: SpanID("b7ad6b7169203331"),
        executionID: "4LRT2TBcHcnXs5nW0IYVZd",
        taskID: "inference-3"
    )

    static let environment = [
        "SERVICE_NAME": "video-worker", "GOOGLE_CLOUD_PROJECT": "example.com:my-project", "DD_ENV": "prod",
        "DD_VERSION": "1.2.3",
    ]

    /// Lines of every kind.
    private func log(_ log: Log) {
        LogContext.$current.withValue(Self.context.with { $0.tenant = "a\"b" }) {
            log.error("frame \"lost\"\n\u{85}", error: Boom()) {
                $0.frame = 17
                $0.camera {
                    $0.name = "north"
                    $0.zones = [1, 2]
                }
            }
            log.with { $0.shard = 3 }.info("with")
        }
        LogContext.$current.withValue(
            LogContext(correlationID: "order-\"1234\"", executionID: "run", taskID: "t\u{85}")
        ) {
            log.info("correlated")
        }
        LogContext.$current.withValue(LogContext(traceID: .random(), traceFlags: [])) { log.notice("unsampled") }
        LogContext.$current.withValue(LogContext()) {
            for level in LogLevel.allCases where level >= .info { log.log(level, "no IDs") }
            log.info(String(repeating: "long \"text\" ", count: 500)) { $0.text = String(repeating: "ש", count: 9_000) }
        }
    }

    private func members(_ line: String) throws -> [LogFieldValue.Member] {
        guard case .object(let members)? = parsed(line) else { throw JSONLine.NotAnObject() }
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        #expect(Set(members.map(\.name)).count == members.count, "a key appears twice: \(line.prefix(300))")
        return members
    }

    @Test("Each line of a schema follows the vendor's published rules", arguments: ["ecs", "gcp", "datadog"])
    func rules(schema: String) throws {
        let rules = try #require(SchemaRules.all.first { $0.name == schema })
        let lines = try written(Self.environment.merging(["LOG_SCHEMA": schema]) { $1 }, log)
        #expect(lines.count == 10)
        for line in lines { #expect(rules.faults(try members(line)) == [], "\(line.prefix(500))") }
    }

    @Test(
        "The rules find a fault in the default line, and in each other schema's line",
        arguments: ["ecs", "gcp", "datadog"]
    )
    func rulesFail(schema: String) throws {
        let rules = try #require(SchemaRules.all.first { $0.name == schema })
        for other in ["otel", "ecs", "gcp", "datadog"] where other != schema {
            let lines = try written(Self.environment.merging(["LOG_SCHEMA": other]) { $1 }, log)
            for line in lines { #expect(rules.faults(try members(line)) != [], "\(other)") }
        }
    }

    @Test("Every schema has all IDs, the place, the typed fields and the error of a line")
    func complete() throws {
        func line(_ schema: String) throws -> LogFieldValue {
            let lines = try written(Self.environment.merging(["LOG_SCHEMA": schema]) { $1 }, log)
            return .object(try members(lines[0]))
        }
        let ecs = try line("ecs")
        #expect(ecs["trace.id"] == .string("0af7651916cd43dd8448eb211c80319c"))
        #expect(ecs["span.id"] == .string("b7ad6b7169203331"))
        #expect(ecs["labels"]?["execution_id"] == .string("4LRT2TBcHcnXs5nW0IYVZd"))
        #expect(ecs["labels"]?["task_id"] == .string("inference-3"))
        #expect(ecs["service.name"] == .string("video-worker") && ecs["log.level"] == .string("ERROR"))
        #expect(ecs["error.type"] == .string("MALoggerTests.SchemaLineTests.Boom"))
        #expect(ecs["error.message"] == .string("Boom()") && ecs["error.stack_trace"] == .string("at main\nat start"))

        let gcp = try line("gcp")
        let trace = "projects/example.com:my-project/traces/0af7651916cd43dd8448eb211c80319c"
        #expect(gcp["logging.googleapis.com/trace"] == .string(trace))
        #expect(gcp["logging.googleapis.com/spanId"] == .string("b7ad6b7169203331"))
        #expect(gcp["logging.googleapis.com/trace_sampled"] == .bool(true))
        let labels = try #require(gcp["logging.googleapis.com/labels"])
        #expect(labels["trace_id"] == .string("0af7651916cd43dd8448eb211c80319c"))
        #expect(labels["execution_id"] == .string("4LRT2TBcHcnXs5nW0IYVZd"))
        #expect(labels["task_id"] == .string("inference-3"))
        #expect(gcp["severity"] == .string("ERROR") && gcp["stack_trace"] == .string("at main\nat start"))
        #expect(gcp["serviceContext"]?["service"] == .string("video-worker"))
        #expect(gcp["logging.googleapis.com/sourceLocation"]?["file"] == .string(#fileID))

        let datadog = try line("datadog")
        #expect(datadog["dd.trace_id"] == .string("0af7651916cd43dd8448eb211c80319c"))
        #expect(datadog["dd.span_id"] == .string("\(UInt64(0xb7ad_6b71_6920_3331))"))
        #expect(datadog["execution_id"] == .string("4LRT2TBcHcnXs5nW0IYVZd"))
        #expect(datadog["task_id"] == .string("inference-3"))
        #expect(datadog["dd.env"] == .string("prod") && datadog["dd.version"] == .string("1.2.3"))
        #expect(datadog["service"] == .string("video-worker") && datadog["dd.service"] == .string("video-worker"))
        #expect(datadog["error.kind"] == .string("MALoggerTests.SchemaLineTests.Boom"))

        for line in [ecs, gcp, datadog] {
            #expect(line["message"] == .string("frame \"lost\"\n\u{85}"))
            let attributes = try #require(line["attributes"])
            #expect(attributes["tenant"] == .string("a\"b") && attributes["frame"] == .integer(17))
            #expect(attributes["camera"]?["zones"] == .array([.integer(1), .integer(2)]))
        }
    }

    @Test("A correlation ID is where a search for it looks, and a missing ID has no member")
    func correlation() throws {
        let places = [
            "ecs": ["trace.id"], "gcp": ["logging.googleapis.com/labels", "trace_id"], "datadog": ["correlation_id"],
        ]
        for (schema, place) in places {
            let lines = try written(Self.environment.merging(["LOG_SCHEMA": schema]) { $1 }, log)
            let found = place.reduce(parsed(lines[2])) { $0?[$1] }
            #expect(found == .string("order-\"1234\""), "\(schema)")
            #expect(!lines[5].contains("trace_id") && !lines[5].contains("trace.id") && !lines[5].contains("_id\""))
            #expect(!lines[5].contains("N/A"))
        }
    }

    @Test("Each level has the severity that the vendor shows for it")
    func severities() throws {
        // Lines below INFO are off in this process, and need another way.
        func texts(_ schema: any LineSchema) -> [String] {
            LogLevel.allCases.map { level in
                var bytes = ByteWriter(capacity: 64)
                schema.append(level, to: &bytes)
                return String(decoding: bytes.array().split(separator: UInt8(ascii: "\""))[3], as: UTF8.self)
            }
        }
        #expect(
            texts(GoogleCloudSchema(serviceName: "", project: nil))
                == ["DEBUG", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]
        )
        #expect(
            texts(DatadogSchema(serviceName: "", environment: nil, version: nil)).map(SchemaRules.datadogStatus)
                == ["debug", "debug", "info", "notice", "warning", "error", "critical"]
        )
        #expect(texts(ElasticSchema(serviceName: "")) == LogLevel.allCases.map(\.description))
    }

    @Test("A 64-bit trace ID is a decimal number in Datadog's schema, as its tracers write it")
    func shortTrace() throws {
        let context = LogContext(traceID: TraceID("00000000000000008448eb211c80319c"))
        let lines = try written(["LOG_SCHEMA": "datadog"]) { log in
            LogContext.$current.withValue(context) { log.info("") }
        }
        #expect(parsed(lines[0])?["dd.trace_id"] == .string("\(UInt64(0x8448_eb21_1c80_319c))"))
    }

    @Test("The otel schema of the general writer gives the bytes of the default line")
    func same() throws {
        let file = try TemporaryFile()
        let descriptor = file.open()
        defer { close(descriptor) }
        let general = SchemaLineFormat(OpenTelemetrySchema(serviceName: "video-worker"))
        let special = JSONLineFormat(serviceName: "video-worker")
        let pairs = Locked<[String]>()
        let log = LineRouter.log { event in
            pairs.append(String(decoding: special.write(event), as: UTF8.self))
            special.restore(event)
            pairs.append(String(decoding: general.write(event), as: UTF8.self))
            general.restore(event)
            pairs.append(String(decoding: special.write(event), as: UTF8.self))
            special.restore(event)
        }
        self.log(log)
        let lines = pairs.value
        #expect(lines.count == 30)
        for index in stride(from: 0, to: lines.count, by: 3) {
            #expect(lines[index] == lines[index + 1] && lines[index] == lines[index + 2])
        }
    }

    @Test(
        "An error whose description logs is written whole, and the line inside it too",
        arguments: ["ecs", "gcp", "datadog"]
    )
    func nested(schema: String) throws {
        struct Chatty: Error, CustomStringConvertible {
            let log: Log
            var description: String {
                log.info("inner") { $0.depth = 2 }
                return "outer text"
            }
        }
        let rules = try #require(SchemaRules.all.first { $0.name == schema })
        let lines = try written(["LOG_SCHEMA": schema, "GOOGLE_CLOUD_PROJECT": "my-project"]) { log in
            log.error("outer", error: Chatty(log: log)) { $0.depth = 1 }
        }
        #expect(lines.count == 2)
        for line in lines { #expect(rules.faults(try members(line)) == []) }
        #expect(lines[0].contains(#""inner""#) && lines[0].contains(#""attributes":{"depth":2}"#))
        #expect(lines[1].contains(#""attributes":{"depth":1}"#) && lines[1].contains(#""outer text""#))
    }
}
