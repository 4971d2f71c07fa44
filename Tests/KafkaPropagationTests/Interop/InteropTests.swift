import ContextPropagation
import Foundation
import KafkaPropagation
import TestSupport
import Testing

/// Other clients and OpenTelemetry's propagators read the records that ma-logger sends, and ma-logger reads theirs.
/// `INTEROP_PYTHON` is the path of a Python with confluent-kafka and OpenTelemetry's API, SDK and propagators. kcat
/// must be on the PATH.
@Suite("Interoperation", .timeLimit(.minutes(10)))
struct InteropTests {
    private static let python = ProcessInfo.processInfo.environment["INTEROP_PYTHON"]
    private static let kcat = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/kcat" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Interop/python")

    /// The formats of both sides, and the header that carries the trace.
    struct Format: CustomTestStringConvertible {
        let formats: [HeaderFormat]
        let header: String

        var codecs: HeaderCodecs { HeaderCodecs(formats) }
        /// The value of `OTEL_PROPAGATORS`.
        var testDescription: String { formats.map(\.name).joined(separator: ",") }

        static let all = [
            Format(formats: [.traceContext, .baggage], header: "traceparent"),
            Format(formats: [.b3, .baggage], header: "b3"),
            Format(formats: [.b3Multi, .baggage], header: "X-B3-TraceId"),
            Format(formats: [.jaeger], header: "uber-trace-id"),
            Format(formats: [.xray, .baggage], header: "X-Amzn-Trace-Id"),
        ]
    }

    private struct Sent: Codable {
        var traceID: String
        var spanID: String
        var camera: String

        enum CodingKeys: String, CodingKey {
            case traceID = "trace_id"
            case spanID = "span_id"
            case camera
        }
    }

    private struct Read: Decodable {
        var traceID: String
        var spanID: String
        var isSampled: Bool
        var baggage: [String: String]
        var names: [String]
        var value: String

        enum CodingKeys: String, CodingKey {
            case traceID = "trace_id"
            case spanID = "span_id"
            case isSampled = "is_sampled"
            case baggage, names, value
        }
    }

    private func bootstrap() throws -> String {
        try TestBroker.connection().bootstrapServers.joined(separator: ",")
    }

    /// Sends records whose values contain the expected parts of their headers.
    private func sendOurs(_ count: Int, to topic: String, _ codecs: HeaderCodecs) async throws {
        var configuration = try TestBroker.producer()
        configuration.headerCodecs = codecs
        try await withKafkaProducer(configuration) { producer in
            for number in 0..<count {
                let camera = "north gate \(number), 50 % é"
                let context = LogContext.newTrace().with(baggage: ["camera": camera])
                let trace = try #require(context.traceID).description
                let span = try #require(context.spanID).description
                let value = try JSONEncoder().encode(Sent(traceID: trace, spanID: span, camera: camera))
                try producer.enqueue(KafkaMessage(topic: topic, value: value, context: context))
            }
        }
    }

    private func runPython(_ script: String, _ topic: String, _ format: Format) async throws -> [Data] {
        let variables = ["OTEL_PROPAGATORS": format.testDescription]
        let program = Program(path: try #require(Self.python), environment: variables)
        return try await program.run(Self.scripts.appendingPathComponent(script).path, bootstrap(), topic, "20")
    }

    @Test(
        "OpenTelemetry's propagators in Python read the trace, the span and the baggage that ma-logger sends",
        .enabled(if: python != nil, "INTEROP_PYTHON is not set"),
        arguments: Format.all
    )
    func pythonReads(format: Format) async throws {
        let topic = try await TestBroker.topic()
        try await sendOurs(20, to: topic, format.codecs)
        let lines = try await runPython("read.py", topic, format)
        #expect(lines.count == 20)
        for line in lines {
            let read = try JSONDecoder().decode(Read.self, from: line)
            let sent = try JSONDecoder().decode(Sent.self, from: Data(read.value.utf8))
            #expect(read.traceID == sent.traceID)
            #expect(read.spanID == sent.spanID)
            #expect(read.isSampled)
            #expect(read.baggage == ["camera": sent.camera])
            #expect(read.names.filter { $0 == format.header }.count == 1)
        }
    }

    @Test(
        "ma-logger reads the trace, the span and the baggage that OpenTelemetry in Python sends",
        .enabled(if: python != nil, "INTEROP_PYTHON is not set"),
        arguments: Format.all
    )
    func pythonWrites(format: Format) async throws {
        let topic = try await TestBroker.topic()
        let lines = try await runPython("write.py", topic, format)
        #expect(lines.count == 20)
        var configuration = try TestBroker.consumer(.all(topic))
        configuration.headerCodecs = format.codecs
        let records = try await withKafkaConsumer(configuration) { try await $0.take(20) }
        #expect(records.count == 20)
        for record in records {
            let sent = try JSONDecoder().decode(Sent.self, from: Data(try #require(record.value)))
            #expect(record.headers.contains { $0.key.lowercased() == format.header.lowercased() })
            #expect(record.context.traceID?.description == sent.traceID)
            #expect(record.context.parentSpanID?.description == sent.spanID)
            #expect(record.context.spanID?.description != sent.spanID)
            #expect(record.context.baggage?["camera"] == sent.camera)
        }
    }

    @Test(
        "kcat shows the traceparent that ma-logger sends",
        .enabled(if: kcat != nil && !TestBroker.isSecured, "kcat is not there")
    )
    func kcatReads() async throws {
        let topic = try await TestBroker.topic()
        try await sendOurs(5, to: topic, HeaderCodecs())
        let lines = try await Program(path: try #require(Self.kcat))
            .run("-b", bootstrap(), "-C", "-J", "-q", "-e", "-o", "beginning", "-t", topic)
        #expect(lines.count == 5)
        for line in lines {
            let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            let headers = try #require(record["headers"] as? [String])
            let payload = try #require(record["payload"] as? String)
            let sent = try JSONDecoder().decode(Sent.self, from: Data(payload.utf8))
            let pairs = stride(from: 0, to: headers.count - 1, by: 2).map { (headers[$0], headers[$0 + 1]) }
            let traceparents = pairs.filter { $0.0 == "traceparent" }.map(\.1)
            #expect(traceparents == ["00-\(sent.traceID)-\(sent.spanID)-01"])
            #expect(pairs.contains { $0.0 == "trace_id" && $0.1 == sent.traceID })
        }
    }
}
