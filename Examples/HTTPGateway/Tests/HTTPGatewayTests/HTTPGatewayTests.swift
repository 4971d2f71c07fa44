import ContextPropagation
import KafkaPropagation
import KafkaPropagationTesting
import Testing

@Suite("The program http-gateway", .timeLimit(.minutes(10)))
struct HTTPGatewayTests {
    private let kafka: EmbeddedKafka

    init() throws {
        kafka = try EmbeddedKafka(topics: ["frames": 2])
    }

    private func started() async throws -> GatewayProcess {
        let gateway = try await GatewayProcess(["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers])
        _ = await gateway.lines { $0.message == "gateway listens" }
        return gateway
    }

    /// The records of the topic, up to the one with which all of these traces are there.
    private func frames(through traces: Set<String>) async throws -> [KafkaRecord] {
        let places = [0, 1].map {
            KafkaTopicPartitionOffset(topic: "frames", partition: .init(rawValue: $0), offset: .beginning)
        }
        return try await withKafkaConsumer(kafka.consumerConfiguration(.partitions(places))) { consumer in
            var records: [KafkaRecord] = []
            var missing = traces
            for try await record in consumer {
                records.append(record)
                if let trace = record.context.traceID { missing.remove(trace.description) }
                if missing.isEmpty { break }
            }
            return records
        }
    }

    @Test("The trace of a request is on each line of it, in the record's headers, and on the line of the consumer")
    func oneTrace() async throws {
        let gateway = try await started()
        let trace = "0af7651916cd43dd8448eb211c80319c"

        let answer = try await gateway.answer(
            to: "POST",
            "frames/north",
            body: "pixels",
            trace: "00-\(trace)-00f067aa0ba902b7-01"
        )
        #expect(answer.status == 202)

        let lines = await gateway.lines { $0.message == "frame handled" }.filter { $0.trace == trace }
        #expect(Set(lines.map(\.logger)) == ["hummingbird", "gateway"])
        #expect(lines.filter { $0.logger == "hummingbird" }.map(\.message) == ["Request"])
        #expect(lines.filter { $0.logger == "gateway" }.map(\.message) == ["frame received", "frame handled"])
        let frame = try #require(try await frames(through: [trace]).first)
        #expect(frame.keyText == "north" && frame.valueText == "pixels")
    }

    @Test("A request without a trace gets one, which its record and its consumer have")
    func newTrace() async throws {
        let gateway = try await started()
        _ = try await gateway.answer(to: "POST", "frames/north", body: "pixels")
        let lines = await gateway.lines { $0.message == "frame handled" }.filter { $0.message.hasPrefix("frame ") }
        #expect(lines.map(\.message) == ["frame received", "frame handled"])
        let traces = Set(lines.map(\.trace))
        try #require(traces.count == 1 && !traces.contains("N/A"))
        #expect(try await frames(through: traces).count == 1)
    }

    @Test("/readyz answers 200 once the consumer has joined its group, and writes no lines")
    func ready() async throws {
        let gateway = try await started()
        let early = try await gateway.answer(to: "GET", "readyz")
        #expect(early.status == 503 && early.body.contains(#""ready":false"#))
        _ = try await gateway.answer(to: "POST", "frames/north", body: "pixels")
        let lines = await gateway.lines { $0.message == "frame handled" }
        #expect(lines.filter { $0.message == "Request" }.count == 1)
        let late = try await gateway.answer(to: "GET", "readyz")
        #expect(late.status == 200 && late.body.hasPrefix(#"{"ready":true,"clients":["#))
    }

    @Test("SIGTERM among requests: status 0, and each accepted frame is in the topic with its trace")
    func terminated() async throws {
        let gateway = try await started()
        let traces = (0..<200).map { _ in LogContext.newTrace().traceID?.description ?? "" }
        var accepted: [String] = []
        for (number, trace) in traces.enumerated() {
            if number == 100 { gateway.terminate() }
            let answer = try? await gateway.answer(
                to: "POST",
                "frames/\(number % 7)",
                body: "\(number)",
                trace: "00-\(trace)-00f067aa0ba902b7-01"
            )
            guard let answer, answer.status == 202 else { break }
            accepted.append(trace)
        }
        let lines = await gateway.lines { _ in false }
        #expect(await gateway.status == 0)
        #expect(lines.last?.message == "gateway ended")
        #expect(accepted.count >= 100)
        // It ends when it has found the last one.
        let sent = try await frames(through: Set(accepted)).compactMap { $0.context.traceID?.description }
        #expect(Set(sent).count == sent.count)
    }

    @Test("A bad port ends the program with status 1, and one CRITICAL line names the variable and its value")
    func badPort() async throws {
        let variables = ["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers, "HTTP_PORT": "http"]
        let gateway = try await GatewayProcess(variables)
        let lines = await gateway.lines { _ in false }
        #expect(await gateway.status == 1)
        #expect(lines.filter { $0.level == "CRITICAL" }.count == 1 && lines.last?.level == "CRITICAL")
        #expect(lines.last?.error == #"HTTP_PORT: "http" is not a port; set a number from 0 to 65535"#)
    }
}
