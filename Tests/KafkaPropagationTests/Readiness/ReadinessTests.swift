import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The readiness of Kafka's clients", .timeLimit(.minutes(10)))
struct ReadinessTests {
    @Test("If the broker goes away, every kind of client is not ready and says why; if it returns, each is ready again")
    func brokerAway() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 2])
        let producer = try KafkaProducer(kafka.producerConfiguration)
        let consumer = try KafkaConsumer(kafka.consumerConfiguration(.group(id: "plain", topics: ["frames"])))
        let parallel = try ParallelConsumer(
            kafka.consumerConfiguration(.group(id: "parallel", topics: ["frames"])),
            maxConcurrency: 1
        ) { _ in }
        func readiness() -> [KafkaReadiness] { [producer.readiness, consumer.readiness, parallel.readiness] }
        for client in readiness() where !client.isReady {
            #expect(client.reason == .connecting || client.reason == .joining, "\(client)")
        }

        await until { readiness().allSatisfy(\.isReady) }
        for client in readiness() {
            #expect(client.isConnected && client.error == nil && client.sinceLastPoll < .seconds(10), "\(client)")
        }
        // A parallel consumer is ready when the first of its partitions begins.
        await until { readiness().map(\.partitions) == [nil, 2, 2] }

        try kafka.setBrokerDown(1)
        await until { readiness().allSatisfy { $0.reason == .disconnected } }
        for client in readiness() {
            #expect(!client.isReady && !client.isConnected && client.error?.isEmpty == false, "\(client)")
        }

        try kafka.setBrokerUp(1)
        await until { readiness().allSatisfy(\.isReady) }

        try await producer.send(KafkaMessage(topic: "frames", value: "x", partition: 0))
        await until { consumer.readiness.lag == 1 && parallel.readiness.lag == 0 }
        parallel.triggerGracefulShutdown()
        consumer.triggerGracefulShutdown()
        #expect(parallel.readiness.reason == .shuttingDown && consumer.readiness.reason == .shuttingDown)
        await parallel.shutdown()
        await consumer.shutdown()
        try await producer.shutdown()
        #expect(readiness().map(\.reason) == [.ended, .ended, .ended])
    }

    @Test("A client whose broker accepts the connection and never answers is not ready, and says so")
    func hangingBroker() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try kafka.setRoundTripTime(.seconds(120), ofBroker: 1)
        let producer = try KafkaProducer(kafka.producerConfiguration)
        await until { producer.readiness.reason == .disconnected }
        // The client's own request, or librdkafka's, is the first that gets no answer.
        let error = try #require(producer.readiness.error)
        #expect(error.contains("no broker answered") || error.lowercased().contains("timed out"), "\(error)")
        try await producer.shutdown()
    }

    @Test("A member without a partition does not rebalance when a rebalance takes nothing from it")
    func standby() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let place = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)
        try await withKafkaConsumer(kafka.consumerConfiguration(.partitions([place]))) { consumer in
            let stages = try await consumer.core.consumer.perform { assignment, client throws(KafkaError) in
                var stages = [assignment.group]
                _ = assignment.revoke([place.topicPartition], isLost: false, timeout: .zero)
                stages.append(assignment.group)
                assignment.begin([], client)
                _ = assignment.revoke([], isLost: false, timeout: .zero)
                return stages + [assignment.group]
            }
            #expect(stages == [.assigned, .rebalancing, .assigned])
        }
    }

    @Test("The answer is JSON that a web server can send, with the reason and an escaped error")
    func json() throws {
        var signs = ReadinessSigns(hasWorked: true, sinceLastPoll: 12_000_000)
        let ready = KafkaReadiness(signs, client: "orders#producer-1", lags: [], error: KafkaError(.connection, "old"))
        #expect(ready.json == #"{"ready":true,"client":"orders#producer-1","connected":true,"last_poll_ms":12}"#)
        signs.isDown = true
        signs.group = .assigned
        signs.partitions = 3
        let away = KafkaReadiness(signs, client: "c", lags: [3, 4], error: KafkaError(.connection, "line\n\"quoted\""))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(away.json.utf8)) as? [String: any Sendable]
        )
        #expect(object["ready"] as? Bool == false && object["connected"] as? Bool == false)
        #expect(object["reason"] as? String == "disconnected" && object["lag"] as? Int == 7)
        #expect((object["error"] as? String)?.contains("line\n\"quoted\"") == true)
        #expect(object["partitions"] as? Int == 3)
        #expect(KafkaReadiness.json(of: [ready, away]) == "{\"ready\":false,\"clients\":[\(ready.json),\(away.json)]}")
        #expect(KafkaReadiness.json(of: []) == #"{"ready":true,"clients":[]}"#)
    }

    @Test(
        "Lags are added up to the largest number, whatever ends of partitions a broker reports",
        arguments: [
            ([], nil), ([5], 5), ([2, 3], 5), ([.max, 0], .max), ([.max, .max], .max), ([1, .max, .max], .max),
        ]
    )
    func hostileLags(lags: [Int], sum: Int?) async throws {
        let signs = ReadinessSigns(hasWorked: true, group: .assigned, partitions: lags.count)
        #expect(KafkaReadiness(signs, client: "c", lags: lags, error: nil).lag == sum)
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let consumer = try ParallelConsumer(kafka.consumerConfiguration(.partitions([])), maxConcurrency: 1) { _ in }
        var statistics = consumer.statistics
        statistics.partitions = lags.map {
            let place = KafkaTopicPartition(topic: "frames", partition: 0)
            return .init(topicPartition: place, frontier: 0, frontierDistance: 0, lag: $0, records: 0, bytes: 0)
        }
        #expect(statistics.lag == sum ?? 0)
        await consumer.shutdown()
    }

    @Test("A client is ready exactly if it runs, is connected, polls, and its group has answered")
    func signs() {
        let states = [false, true]
        for phase in ReadinessSigns.Phase.allCases {
            for (hasWorked, isDown) in states.flatMap({ worked in states.map { (worked, $0) } }) {
                for polls in states {
                    for group in ConsumerGroupStage.allCases.map(Optional.some) + [nil] {
                        for partitions in [0, 2] {
                            let signs = ReadinessSigns(
                                phase: phase,
                                hasWorked: hasWorked,
                                isDown: isDown,
                                sinceLastPoll: ReadinessSigns.pollLimit + (polls ? 5 : 6),
                                pollAllowance: 5,
                                group: group,
                                partitions: partitions
                            )
                            let hasAnswer = partitions > 0 || group == nil || group == .assigned
                            let isReady = phase == .running && hasWorked && !isDown && polls && hasAnswer
                            #expect((signs.reason == nil) == isReady, "\(signs)")
                            #expect(!isReady || signs.isConnected, "\(signs)")
                        }
                    }
                }
            }
        }
    }

    @Test("A probe runs alone, at most once in 10 s, or once a second if the connection is in doubt")
    func probe() {
        var random = SplitMix(state: 13)
        for _ in 0..<200 {
            var state = ConnectionProbe.State()
            var now: UInt64 = 1 << 40
            var lastStart: UInt64?
            var isRunning = false
            for _ in 0..<100 {
                now += random.next() % 4_000_000_000
                let isDoubtful = random.next() % 2 == 0
                let isDue = lastStart.map { now - $0 >= (isDoubtful ? 1 : 10) * 1_000_000_000 } ?? true
                let starts = state.starts(isDoubtful: isDoubtful, now: now)
                #expect(starts == (isDue && !isRunning))
                if starts { (lastStart, isRunning) = (now, true) }
                if isRunning, random.next() % 3 == 0 {
                    state.end()
                    isRunning = false
                }
            }
        }
    }
}
