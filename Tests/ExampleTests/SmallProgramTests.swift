import ContextPropagation
import Foundation
import KafkaPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

/// Examples that need no test of their own kind: each runs as its README says.
@Suite("Small example programs", .timeLimit(.minutes(10)))
struct SmallProgramTests {
    @Test("video-pipeline logs few lines, in the traces of its cameras, and finds no wrong context")
    func videoPipeline() async throws {
        let arguments = ["--cameras", "3", "--frames", "20", "--per-second", "2"]
        let start = ContinuousClock.now
        let program = try ChildProcess("video-pipeline", arguments)
        var traces: Set<String> = []
        var lines = 0
        for await line in program.lines {
            let trace = try #require(WorkerLine(line)).trace
            lines += 1
            if trace != "N/A" { traces.insert(trace) }
        }
        #expect(await program.status == 0)
        #expect(traces.count == 3)
        // Two lines a second for the frames, and some at the start and at the end.
        let most = 2 * (start.duration(to: .now).components.seconds + 2) + 10
        #expect(lines > 0 && lines <= most, "\(lines) lines of 60 frames, at most \(most)")
    }

    @Test(
        "kestra-task sends its detections to Kafka and reads them back in one trace, with the IDs of the flow",
        arguments: [(1, 0, nil), (3, 3, "")]
    )
    func kestraTask(frames: Int, detections: Int, servers: String?) async throws {
        let trace = "0af7651916cd43dd8448eb211c80319c"
        var environment = [
            "KESTRA_EXECUTION_ID": "4LRT2TBcHcnXs5nW0IYVZd", "KESTRA_TASK_ID": "detect",
            "TRACEPARENT": "00-\(trace)-00f067aa0ba902b7-01",
        ]
        environment["KAFKA_BOOTSTRAP_SERVERS"] = servers
        let program = try ChildProcess("kestra-task", ["\(frames)"], environment: environment)
        var lines: [WorkerLine] = []
        for await line in program.lines where line.starts(with: Data("{".utf8)) {
            lines.append(try #require(WorkerLine(line)))
        }
        #expect(await program.status == 0)
        #expect(lines.allSatisfy { $0.trace == trace || $0.trace == "N/A" })
        for message in ["detected", "detection received"] {
            #expect(lines.filter { $0.message == message && $0.trace == trace }.count == detections, "\(message)")
        }
    }

    @Test("Each of several kestra-tasks that share a topic with other programs finds its own records")
    func kestraTasksAtOnce() async throws {
        let kafka = try EmbeddedKafka(topics: ["detections": 1])
        let ended = Locked(false)
        try await withThrowingTaskGroup { group in
            group.addTask {
                // Another program, whose records have no IDs.
                try await withKafkaProducer(kafka.producerConfiguration) { producer in
                    while !ended.value {
                        let message = KafkaMessage(topic: "detections", value: "other", context: LogContext())
                        try await producer.send(message)
                    }
                }
            }
            try await withThrowingTaskGroup { tasks in
                for number in 0..<2 {
                    tasks.addTask {
                        let environment = [
                            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers, "KESTRA_EXECUTION_ID": "run-\(number)",
                        ]
                        let program = try ChildProcess("kestra-task", ["30"], environment: environment)
                        var received = 0
                        for await line in program.lines where line.starts(with: Data("{".utf8)) {
                            if try #require(WorkerLine(line)).message == "detection received" { received += 1 }
                        }
                        let status = await program.status
                        #expect(status == 0 && received == 57)
                    }
                }
                try await tasks.waitForAll()
            }
            ended.change { $0 = true }
            try await group.waitForAll()
        }
    }

    @Test("kestra-task keeps the correlation ID of its flow, on its lines and in its output")
    func kestraCorrelationID() async throws {
        let environment = ["TRACING_ID": "order-1234", "KESTRA_EXECUTION_ID": "4LRT2TBcHcnXs5nW0IYVZd"]
        let program = try ChildProcess("kestra-task", ["3"], environment: environment)
        var lines: [WorkerLine] = []
        for await line in program.lines where line.starts(with: Data("{".utf8)) {
            lines.append(try #require(WorkerLine(line)))
        }
        #expect(await program.status == 0)
        for message in ["detected", "detection received"] {
            #expect(lines.filter { $0.message == message && $0.trace == "order-1234" }.count == 3, "\(message)")
        }
        let output = lines.first { $0.message == "task outputs" }
        #expect(output?.text("trace_id") == "order-1234" && output?.number("received") == 3)
    }
}
