import ContextPropagation
import Foundation
import KafkaPropagation
import KafkaPropagationTesting
import Testing

/// The program as its users run it: a process with a command line, variables, standard output and signals.
@Suite("The program parallel-worker", .timeLimit(.minutes(10)))
struct ParallelWorkerTests {
    private let kafka: EmbeddedKafka

    init() throws {
        kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 2, "letters": 1])
    }

    private func send(_ records: [SentRecord]) async throws {
        var configuration = kafka.producerConfiguration
        configuration.isIdempotenceEnabled = true
        try await withKafkaProducer(configuration) { producer in
            for record in records {
                let partition = KafkaPartition(rawValue: record.partition)
                try producer.enqueue(
                    KafkaMessage(
                        topic: "frames",
                        key: record.key,
                        value: "\(record.number)",
                        partition: partition,
                        context: LogContext(traceID: record.trace)
                    )
                )
            }
        }
    }

    private func worker(_ arguments: String...) throws -> ChildProcess { try worker(arguments) }

    private func worker(_ arguments: [String], signalAtFirstLine signal: Int32? = nil) throws -> ChildProcess {
        let fixed = ["--topic", "frames", "--group", "detectors", "--session-timeout-ms", "4000"]
        let environment = ["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers]
        return try ChildProcess(
            "parallel-worker",
            fixed + arguments,
            environment: environment,
            signalAtFirstLine: signal
        )
    }

    /// Reads every line to the end, and calls `onHandled` after each handled record with their number so far.
    private func lines(of worker: ChildProcess, onHandled: (Int) -> Void = { _ in }) async -> [WorkerLine] {
        var lines: [WorkerLine] = []
        var handled = 0
        for await line in worker.lines {
            guard let line = WorkerLine(line) else { continue }
            lines.append(line)
            if line.message == "record handled" {
                handled += 1
                onHandled(handled)
            }
        }
        #expect(worker.errorText == "")
        return lines
    }

    /// The records whose handling the lines tell. A line with other IDs or another key than its record is an issue.
    private func handled(_ lines: [WorkerLine], of records: [SentRecord]) -> [SentRecord] {
        lines.filter { $0.message == "record handled" }.compactMap { line in
            let record = records.first {
                $0.partition == line.number("partition") && $0.offset == line.number("offset")
            }
            #expect(record != nil && line.trace == record?.trace?.description && line.level == "INFO")
            #expect(line.text("topic") == "frames" && line.text("key") == record?.key)
            return record
        }
    }

    private func committed() async throws -> [Int?] {
        let partitions = [0, 1].map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
        let configuration = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
        return try await withKafkaConsumer(configuration) { consumer in
            try await consumer.committed(topicPartitions: partitions).map { $0.offset?.rawValue }
        }
    }

    @Test(
        "It handles each record once, in its order and its trace, and leaves after the count with everything committed",
        arguments: [["key"], ["partition"], ["unordered"], ["key", "--batch", "7"]]
    )
    func ordering(arguments: [String]) async throws {
        let records = SentRecord.records(60) { $0 % 5 == 0 ? nil : "key \($0 % 10)" }
        try await send(records)
        let worker = try worker(
            ["--count", "60", "--max-concurrency", "8", "--wait-ms", "2", "--ordering"] + arguments
        )
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        let handled = handled(lines, of: records)
        #expect(Set(handled) == Set(records) && handled.count == 60)
        let groups: [[SentRecord]] =
            switch arguments[0] {
            case "key": Dictionary(grouping: handled.filter { $0.key != nil }) { $0.key }.values.map { $0 }
            case "partition": Dictionary(grouping: handled) { $0.partition }.values.map { $0 }
            default: []
            }
        for group in groups { #expect(group.map(\.offset) == group.map(\.offset).sorted()) }
        #expect(lines.last?.message == "worker ended" && lines.last?.number("handled") == 60)
        #expect(try await committed() == [30, 30])
    }

    @Test("SIGTERM in the middle lets the handlers end: status 0, nothing is lost, and nothing is repeated")
    func terminated() async throws {
        let records = SentRecord.records(200) { "key \($0 % 20)" }
        try await send(records)
        // Without the signal it would work for 50 seconds.
        let first = try worker("--wait-ms", "1000", "--max-concurrency", "4")
        let before = await lines(of: first) { if $0 == 8 { first.terminate() } }
        #expect(await first.status == 0)
        let second = try worker("--idle-exit", "5")
        let after = await lines(of: second)
        #expect(await second.status == 0)
        let (early, late) = (handled(before, of: records), handled(after, of: records))
        #expect(early.count >= 8 && early.count < 200)
        #expect(early.count + late.count == 200 && Set(early + late) == Set(records))
        #expect(try await committed() == [100, 100])
        for lines in [before, after] {
            #expect(lines.contains { $0.message == "partitions assigned" })
            let commits = lines.filter { $0.message == "offsets committed" }
            #expect(!commits.isEmpty && commits.allSatisfy { $0.level == "INFO" && !$0.texts("offsets").isEmpty })
        }
    }

    @Test("A commit has a line only if a record was finished since the last one")
    func commits() async throws {
        try await send(SentRecord.records(4) { "\($0)" })
        let worker = try worker("--idle-exit", "7")
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        let offsets = lines.filter { $0.message == "offsets committed" }.flatMap { $0.texts("offsets") }
        // It lives longer than the commit interval of 5 s, and the later commits would have nothing to say.
        #expect(Set(offsets).isSuperset(of: ["frames [0]@2", "frames [1]@2"]) && offsets.count == Set(offsets).count)
    }

    @Test("A poisoned key is tried again, and then becomes a dead letter; every other record is handled")
    func deadLetters() async throws {
        let records = SentRecord.records(20) { $0 == 4 || $0 == 8 ? "poison" : "key \($0)" }
        let poisoned = records.filter { $0.key == "poison" }
        try await send(records)
        let worker = try worker(
            "--poison-key",
            "poison",
            "--retries",
            "1",
            "--dead-letter-topic",
            "letters",
            "--idle-exit",
            "5"
        )
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        #expect(Set(handled(lines, of: records)) == Set(records).subtracting(poisoned))
        let traces = poisoned.compactMap { $0.trace?.description }
        #expect(lines.filter { $0.message == "record failed; trying again" }.map(\.trace) == traces)
        #expect(lines.filter { $0.message == "record sent to the dead-letter topic" }.map(\.trace) == traces)
        #expect(try await committed() == [10, 10])
        let place = KafkaTopicPartitionOffset(topic: "letters", partition: 0, offset: .beginning)
        let letters = try await withKafkaConsumer(kafka.consumerConfiguration(.partitions([place]))) { consumer in
            var letters: [KafkaRecord] = []
            for try await record in consumer {
                letters.append(record)
                if letters.count == 2 { break }
            }
            return letters
        }
        #expect(letters.map(\.context.traceID) == poisoned.map(\.trace))
        #expect(letters.map(\.keyText) == ["poison", "poison"])
        #expect(letters.map { $0.header("dead-letter-attempts")?.value } == [Array("2".utf8), Array("2".utf8)])
    }

    @Test("A batch that fails logs and counts each of its other records once, in their order")
    func failingBatches() async throws {
        let records = SentRecord.records(80) { "key \($0 % 8)" }
        let poisoned = records.filter { $0.key == "key 5" }
        try await send(records)
        // A batch has consecutive records of a partition, so handled ones come before the poisoned one.
        let worker = try worker(
            ["--ordering", "partition", "--batch", "10", "--poison-key", "key 5", "--retries", "0"]
                + ["--dead-letter-topic", "letters", "--count", "70"]
        )
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        let handled = handled(lines, of: records)
        #expect(lines.contains { $0.message.hasPrefix("batch failed") })
        #expect(Set(handled) == Set(records).subtracting(poisoned) && handled.count == 70)
        for group in Dictionary(grouping: handled, by: \.partition).values {
            #expect(group.map(\.offset) == group.map(\.offset).sorted())
        }
        #expect(lines.last?.number("handled") == 70)
    }

    @Test("Without a dead-letter topic it stops after the last retry, with status 1, and the record is not committed")
    func retriesAlone() async throws {
        try await send(SentRecord.records(6) { $0 == 2 ? "poison" : "key \($0)" })
        let worker = try worker("--poison-key", "poison", "--retries", "1", "--ordering", "partition")
        let lines = await lines(of: worker)
        #expect(await worker.status == 1)
        let last = lines.filter { $0.level == "CRITICAL" }
        #expect(last.count == 1 && last.first?.error == "a poisoned key")
        #expect(lines.filter { $0.message == "record failed; trying again" }.count == 1)
        #expect(try await committed().first == 1)
    }

    /// Expects one line that says that nothing was replayed. Lines of librdkafka may follow it.
    private func expectSummary(_ lines: [WorkerLine], isComplete: Bool) {
        let summaries = lines.filter { $0.message == "dead letters replayed" }
        #expect(summaries.map { $0.number("replayed") } == [0])
        #expect(summaries.map { $0.flag("complete") } == [isComplete])
    }

    @Test("A replay that finds nothing says so in one line")
    func emptyReplay() async throws {
        let worker = try worker("--dead-letter-topic", "letters", "--replay", "5")
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        expectSummary(lines, isComplete: true)
    }

    @Test("A replay that SIGTERM ends says how far it came and that it is not complete, and its status is 0")
    func terminatedReplay() async throws {
        // Nothing listens on this port, so the replay waits for a broker.
        let worker = try worker(
            ["--bootstrap-servers", "127.0.0.1:1", "--dead-letter-topic", "letters", "--replay", "5"],
            signalAtFirstLine: SIGTERM
        )
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        expectSummary(lines, isComplete: false)
    }

    @Test("With --idle-exit it also leaves if no group gives it a partition, with status 0 and a warning")
    func noPartition() async throws {
        // Nothing listens on this port.
        let worker = try worker("--bootstrap-servers", "127.0.0.1:1", "--idle-exit", "1")
        let lines = await lines(of: worker)
        #expect(await worker.status == 0)
        #expect(lines.contains { $0.message == "leaving without a partition" && $0.level == "WARNING" })
        // A line of librdkafka about the missing broker may follow.
        #expect(lines.filter { $0.message == "worker ended" }.count == 1)
    }

    @Test(
        "Settings of the connection that cannot work end it with one CRITICAL line that names them",
        arguments: [
            ([:], [], "KAFKA_BOOTSTRAP_SERVERS"),
            (["KAFKA_BOOTSTRAP_SERVERS": " , "], [], "KAFKA_BOOTSTRAP_SERVERS"),
            (["KAFKA_BOOTSTRAP_SERVERS": "kafka:http"], [], "KAFKA_BOOTSTRAP_SERVERS"),
            (["KAFKA_BOOTSTRAP_SERVERS": "good:1"], ["--bootstrap-servers", ","], "--bootstrap-servers"),
            (["KAFKA_BOOTSTRAP_SERVERS": "good:1"], ["--bootstrap-servers", "kafka:99999"], "--bootstrap-servers"),
            ([:], ["--bootstrap-servers", "http://kafka:9092"], "--bootstrap-servers"),
            ([:], ["--bootstrap-servers", "good:1", "--dead-letter-topic", "dead letters"], "dead letters"),
            (["KAFKA_SECURITY_PROTOCOL": "TLS"], ["--bootstrap-servers", "good:1"], "KAFKA_SECURITY_PROTOCOL"),
            (["KAFKA_SSL_CA_LOCATION": "/ca.pem"], ["--bootstrap-servers", "good:1"], "KAFKA_SSL_CA_LOCATION"),
            (
                ["KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA_LOCATION": "/nowhere"],
                ["--bootstrap-servers", "good:1"], "KAFKA_SSL_CA_LOCATION"
            ),
            (
                ["KAFKA_SECURITY_PROTOCOL": "SASL_SSL"], ["--bootstrap-servers", "good:1"], "KAFKA_SASL_USERNAME"
            ),
            (
                [
                    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLANE",
                    "KAFKA_SASL_USERNAME": "a", "KAFKA_SASL_PASSWORD": "b",
                ], ["--bootstrap-servers", "good:1"], "KAFKA_SASL_MECHANISM"
            ),
        ] as [([String: String], [String], String)]
    )
    func settings(environment: [String: String], arguments: [String], name: String) async throws {
        let worker = try ChildProcess(
            "parallel-worker",
            ["--topic", "frames", "--group", "detectors"] + arguments,
            environment: environment
        )
        let lines = await lines(of: worker)
        #expect(await worker.status == 1)
        let critical = lines.filter { $0.level == "CRITICAL" }
        #expect(critical.count == 1)
        #expect(critical.first?.error?.contains(name) == true, "\(critical.first?.error ?? "")")
    }

    @Test("A terminal shows the progress while the lines go to a pipe, and shows only the lines if it gets both")
    func progress() async throws {
        try await send(SentRecord.records(2) { "\($0)" })
        let pipe = Pipe()
        for output in [pipe.fileHandleForWriting, nil] {
            let group = output == nil ? "all" : "lines"
            let worker = try TerminalProcess(
                "parallel-worker",
                ["--topic", "frames", "--group", group, "--session-timeout-ms", "4000", "--count", "2"],
                columns: 100,
                environment: ["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers],
                output: output
            )
            let text = await worker.text
            #expect(text.contains(" records/s, 0 in flight, lag ") == (output != nil))
            #expect(text.contains("record handled") == (output == nil))
        }
    }

    @Test("A mistake on the command line ends it with status 2, a text on stderr, and nothing on stdout")
    func mistake() async throws {
        let worker = try ChildProcess("parallel-worker", ["--topic", "frames", "--batch", "none"])
        #expect(await lines(worker).isEmpty)
        #expect(await worker.status == 2)
        #expect(worker.errorText.hasPrefix("parallel-worker: --batch must be a whole number from 1 to 10000"))
    }

    private func lines(_ worker: ChildProcess) async -> [Data] {
        var lines: [Data] = []
        for await line in worker.lines { lines.append(line) }
        return lines
    }
}
