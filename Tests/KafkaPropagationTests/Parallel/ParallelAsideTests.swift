import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Keys that fail for long in a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelAsideTests {
    private typealias State = ParallelState<NumberedRecord>
    private struct Failed: Error {}

    /// Partitions with a state that reads them.
    private struct Reader {
        let places: [KafkaTopicPartition]
        var state: State
        /// The key of each offset of each partition; nil for a gap.
        var logs: [[String?]]
        var positions: [Int]
        /// The most records that are read in a round.
        var readLimit = Int.max
        /// The size of a record.
        var bytes = 1
        var now: UInt64 = 0
        /// Keys whose records fail in partition 0.
        var failing: Set<String> = []
        /// How long a failed record waits; nil if its handler runs for a round, and it does not wait.
        var wait: UInt64? = 3
        /// The failing records whose handlers run.
        var running: [ScheduledJobID] = []
        /// Keys whose records become dead letters when their second attempt fails.
        var dying: Set<String> = []
        /// The offsets of the handled records of each partition.
        var handledRecords: [[Int]]
        var mostHeld = 0
        /// The first offset that the broker still has.
        var logStart = 0
        /// Wrong answers to the first questions for that offset.
        var staleStarts: [Int] = []
        /// Whether a reader below the first offset continues at the end, and not at the first offset.
        var continuesAtEnd = false
        /// How many records were reported as removed.
        var removed = 0

        init(_ limits: ParallelLimits, logs: [[String?]]) {
            state = State(limits)
            self.logs = logs
            places = logs.indices.map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
            positions = logs.map { _ in 0 }
            handledRecords = logs.map { _ in [] }
            for place in places { state.assign(place, committed: 0) }
        }

        init(_ limits: ParallelLimits, log: [String?]) {
            self.init(limits, logs: [log])
        }

        var place: KafkaTopicPartition { places[0] }
        var handled: [Int] { handledRecords[0] }
        var log: [String?] {
            get { logs[0] }
            set { logs[0] = newValue }
        }

        /// Reads what there is room for, handles every ready record, and goes back if that is wanted.
        mutating func round() {
            now += 1
            _ = state.setBlockedAside()
            for partition in state.takeReturns() { goBack(partition) }
            for partition in logs.indices { read(partition) }
            mostHeld = max(mostHeld, state.held)
            for job in running {
                state.endHandler()
                _ = state.settle(job, .retry(at: now))
            }
            running = []
            _ = state.wake(now: now)
            var batch: [ScheduledJobID] = []
            while state.beginBatch(now: now, into: &batch) {
                handle(batch)
                batch = []
            }
            for commit in state.takeCommits() { state.endCommit(commit, isCommitted: true) }
        }

        /// Handles each record of a batch alone, as the consumer does after a failure.
        private mutating func handle(_ batch: [ScheduledJobID]) {
            var failed: Set<String> = []
            for job in batch {
                guard let view = state.view(job) else { return #expect(Bool(false), "no record begins") }
                let isFailing = view.partition == 0 && failing.contains(view.record.key)
                guard let wait = isFailing ? wait : 0 else {
                    running.append(job)
                    return
                }
                if failed.contains(view.record.key) {
                    _ = state.settle(job, .notHandled)
                    continue
                }
                if isFailing { failed.insert(view.record.key) }
                if !isFailing {
                    handledRecords[view.partition].append(view.record.number)
                    _ = state.settle(job, .succeeded)
                } else if view.attempts > 1, dying.contains(view.record.key) {
                    _ = state.settle(job, .deadLetter)
                    _ = state.endDeadLetter(job, retryAt: nil)
                } else {
                    _ = state.settle(job, .retry(at: now + wait))
                }
            }
            state.endHandler()
        }

        private mutating func goBack(_ returning: ReturningPartition) {
            let told = staleStarts.isEmpty ? logStart : staleStarts.removeFirst()
            guard let target = state.findReturn(returning, logStart: told) else {
                return #expect(Bool(false), "there is nothing to return to")
            }
            removed += target.removedRecords
            let partition = returning.topicPartition.partition.rawValue
            state.rewound(returning.topicPartition, to: target.offset)
            let reset = continuesAtEnd ? logs[partition].count : logStart
            positions[partition] = target.offset < logStart ? reset : target.offset
        }

        private mutating func read(_ partition: Int) {
            var room = min(state.room(places[partition]), readLimit)
            while room > 0, positions[partition] < logs[partition].count {
                let position = positions[partition]
                if let key = logs[partition][position] {
                    room -= 1
                    let record = NumberedRecord(key: key, number: position)
                    // Some keys share a hash.
                    let lane = SchedulingLane.key(hash: key.utf8.count)
                    let index = state.index(of: places[partition])
                    let intake = state.offer(record, partition: index, offset: position, bytes: bytes, lane: lane)
                    #expect(intake != .refused || state.partitionView(places[partition])?.isReturning == true)
                }
                positions[partition] += 1
            }
            if positions[partition] == logs[partition].count {
                state.pass(places[partition], to: positions[partition])
            }
        }

        func offsets(of key: String) -> [Int] { log.indices.filter { log[$0] == key } }
    }

    /// A log in which two of three records have the key "bad".
    private static func mostlyBad(_ count: Int) -> [String?] {
        (0..<count).map { $0 % 3 == 1 ? "key \($0 % 20)" : "bad" }
    }

    @Test("Other keys of its partition go on, the memory stays bounded, and its records follow in order when it heals")
    func failingKey() {
        let log = Self.mostlyBad(3000)
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 50), log: log)
        reader.failing = ["bad"]
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.sorted() == (0..<3000).filter { $0 % 3 == 1 })
        #expect(reader.mostHeld <= 50)
        #expect(reader.state.partitionView(reader.place)?.frontier == 0)
        reader.failing = []
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.suffix(2000) == reader.offsets(of: "bad").suffix(2000))
        #expect(reader.handled.count == 3000)
        let view = reader.state.partitionView(reader.place)
        #expect(view?.frontier == 3000 && view?.aside == 0 && view?.records == 0)
    }

    @Test("Other keys go on if a batch takes records of the failing key along")
    func batches() {
        let log: [String?] = Array(repeating: "bad", count: 50) + (0..<100).map { "good \($0)" }
        var reader = Reader(ParallelLimits(maxConcurrency: 4, batch: 50, records: 50), log: log)
        reader.failing = ["bad"]
        for _ in 0..<300 { reader.round() }
        #expect(reader.handled.sorted() == Array(50..<150))
        reader.failing = []
        for _ in 0..<100 { reader.round() }
        #expect(reader.handled.suffix(50) == Array(0..<50)[...])
    }

    @Test("Several failing keys heal one after another, each in its order, and nothing is handled twice")
    func severalKeys() {
        var random = SplitMix(state: 7)
        let bad = (0..<5).map { "bad \($0)" }
        let log = (0..<4000).map { number -> String? in
            if random.next() % 10 == 0 { return nil }
            return random.next() % 2 == 0 ? bad[Int(random.next() % 5)] : "good \(random.next() % 100)"
        }
        var reader = Reader(ParallelLimits(maxConcurrency: 8, records: 60), log: log)
        reader.failing = Set(bad)
        for _ in 0..<300 { reader.round() }
        #expect(reader.handled.count == log.count { $0?.hasPrefix("good") == true })
        for key in bad.reversed() {
            reader.failing.remove(key)
            for _ in 0..<400 { reader.round() }
            #expect(reader.handled.filter { log[$0] == key } == reader.offsets(of: key))
        }
        #expect(reader.handled.count == log.count { $0 != nil } && Set(reader.handled).count == reader.handled.count)
        #expect(reader.state.partitionView(reader.place)?.frontier == 4000)
        #expect(reader.mostHeld <= 60)
    }

    @Test("Records that the broker removes before they are read again hold nothing up")
    func removed() {
        let log = Self.mostlyBad(600)
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 20), log: log)
        reader.failing = ["bad"]
        for _ in 0..<200 { reader.round() }
        #expect(reader.handled.count == 200)
        for offset in 300..<600 where log[offset] == "bad" { reader.log[offset] = nil }
        reader.failing = []
        for _ in 0..<200 { reader.round() }
        #expect(reader.handled.suffix(200) == reader.offsets(of: "bad")[...])
        let view = reader.state.partitionView(reader.place)
        #expect(view?.frontier == 600 && view?.aside == 0)
    }

    @Test(
        "All records that retention has left in the log are handled, and those that it has removed are reported",
        arguments: [true, false],
        [[], [0], [0, 40], [0, 40, 90]]
    )
    func retention(continuesAtEnd: Bool, staleStarts: [Int]) {
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 50), log: Self.mostlyBad(600))
        reader.failing = ["bad"]
        for _ in 0..<200 { reader.round() }
        let aside = reader.state.partitionView(reader.place)?.aside ?? 0
        // They come while the reader goes back.
        reader.log += Self.mostlyBad(300)
        reader.continuesAtEnd = continuesAtEnd
        reader.staleStarts = staleStarts
        reader.logStart = 100
        reader.failing = []
        for _ in 0..<500 { reader.round() }
        let bad = reader.handled.filter { reader.log[$0] == "bad" }
        let left = reader.offsets(of: "bad").filter { $0 >= 100 }
        #expect(Array(bad.suffix(left.count)) == left)
        #expect(Set(reader.handled).count == reader.handled.count)
        // The first ones were in memory.
        #expect(bad.count == 600 - reader.removed && reader.removed == aside - left.count { $0 < 600 })
        #expect(reader.handled.count(where: { reader.log[$0] != "bad" }) == 300)
        let view = reader.state.partitionView(reader.place)
        #expect(view?.frontier == 900 && view?.aside == 0 && view?.records == 0)
    }

    @Test("Other keys go on whatever the size of the records that fill the memory", arguments: [3, 7, 30, 41])
    func bytes(size: Int) {
        var reader = Reader(ParallelLimits(maxConcurrency: 4, bytes: 100), log: Self.mostlyBad(300))
        reader.bytes = size
        reader.failing = ["bad"]
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.count == 100)
        reader.failing = []
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.suffix(200) == reader.offsets(of: "bad")[...])
    }

    @Test("A key that fails in another partition stops no other key")
    func otherPartition() {
        let first = ["bad"] + (0..<100).map { "other \($0)" }
        let logs: [[String?]] = [first, Self.mostlyBad(3000)]
        var reader = Reader(ParallelLimits(maxConcurrency: 16, records: 200), logs: logs)
        reader.failing = ["bad"]
        for _ in 0..<500 { reader.round() }
        #expect(reader.handledRecords[1].sorted() == (0..<3000).filter { $0 % 3 == 1 })
        #expect(reader.handled.count == 100)
        reader.failing = []
        for _ in 0..<500 { reader.round() }
        #expect(reader.handledRecords[1].suffix(2000) == ((0..<3000).filter { $0 % 3 != 1 })[...])
        #expect(reader.handled.count == 101)
    }

    @Test("Other keys go on if the failing record runs again at once")
    func retryAtOnce() {
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 50), log: Self.mostlyBad(3000))
        reader.failing = ["bad"]
        reader.wait = nil
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.sorted() == (0..<3000).filter { $0 % 3 == 1 })
    }

    @Test("Other keys keep up with the log while all records of one key become dead letters")
    func deadLetters() {
        var reader = Reader(ParallelLimits(maxConcurrency: 16, records: 200), log: [])
        reader.failing = ["bad"]
        reader.dying = ["bad"]
        reader.readLimit = 1000
        for _ in 0..<300 {
            reader.log += Self.mostlyBad(30)
            reader.round()
        }
        #expect(reader.handled.count > 2500)
        let deadLetters = reader.state.counts.deadLettered
        #expect(deadLetters > 50)
        reader.failing = []
        for _ in 0..<500 { reader.round() }
        #expect(reader.handled.count == 9000 - deadLetters && Set(reader.handled).count == reader.handled.count)
        #expect(reader.state.partitionView(reader.place)?.frontier == 9000)
    }

    @Test("The memory that remembers the finished records behind a stuck one is bounded")
    func boundedFrontier() {
        let log = (0..<100_000).map { number -> String? in number == 0 ? "bad" : "good" }
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 100, frontierBytes: 1000), log: log)
        reader.failing = ["bad"]
        for _ in 0..<1000 { reader.round() }
        // One bit for a record.
        #expect(reader.handled.count >= 7900 && reader.handled.count < 8200)
        reader.failing = []
        for _ in 0..<3000 { reader.round() }
        #expect(reader.handled.count == 100_000)
    }

    @Test("Records are read again when their key heals, however much memory the finished ones behind them take")
    func fullFrontier() {
        let log = (0..<1100).map { number -> String? in number < 100 ? "bad" : "good \(number)" }
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 100, frontierBytes: 60), log: log)
        reader.failing = ["bad"]
        for _ in 0..<100 { reader.round() }
        #expect(reader.state.partitionView(reader.place)?.aside ?? 0 > 0)
        reader.failing = []
        for _ in 0..<1000 { reader.round() }
        #expect(reader.handled.count == 1100 && Set(reader.handled).count == 1100)
    }

    @Test("Records that are set aside count as unfinished, and as dropped when their partition goes")
    func figures() {
        var reader = Reader(ParallelLimits(maxConcurrency: 4, records: 50), log: Array(repeating: "bad", count: 100))
        reader.failing = ["bad"]
        for _ in 0..<100 { reader.round() }
        let view = reader.state.partitionView(reader.place)
        #expect(view?.aside ?? 0 > 0 && view?.isUnfinished == true)
        let read = reader.positions[0]
        reader.state.lose(reader.place)
        #expect(reader.state.counts.dropped == read)
    }

    @Test("A key with more records than the memory holds fails until it heals, and other keys go on meanwhile")
    func wholeConsumer() async throws {
        let topic = try await TestBroker.topic()
        let keys = (0..<6000).map { $0 % 3 == 1 ? "\($0)" : "bad" }
        try await ParallelScenarioTests.produce(keys, to: topic)
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(10), maximum: .milliseconds(50)))
        options.maximumRecords = 200
        options.commitInterval = .milliseconds(50)
        let isHealed = Locked(false)
        let (others, bad) = (Locked<[Int]>([]), Locked<[Int]>([]))
        let consumer = try ParallelConsumer(
            ParallelScenarioTests.configuration(topic),
            maxConcurrency: 16,
            options: options
        ) { record in
            if record.keyText != "bad" { return others.append(record.offset.rawValue) }
            if !isHealed.value { throw Failed() }
            bad.append(record.offset.rawValue)
        }
        await until { others.value.count == 2000 }
        #expect(bad.value.isEmpty && consumer.engine.state.withLock { $0.parallel.held } <= 200)
        #expect(consumer.statistics.partitions.first?.frontier == 0)
        isHealed.change { $0 = true }
        await until { bad.value.count == 4000 }
        await until { consumer.statistics.partitions.first?.frontier == 6000 }
        await consumer.shutdown()
        #expect(bad.value == (0..<6000).filter { $0 % 3 != 1 })
        #expect(others.value.count == 2000)
        #expect(try await ParallelScenarioTests.committed(topic) == [6000])
    }

    @Test(
        "Records that were set aside and are still in the log are handled, whatever the broker has removed",
        // Nil is librdkafka's default: the end of the log.
        arguments: [nil, .earliest, .error] as [KafkaConsumerConfiguration.AutoOffsetReset?]
    )
    func brokerRemoves(reset: KafkaConsumerConfiguration.AutoOffsetReset?) async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        let start = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: 0)
        var configuration = kafka.consumerConfiguration(.partitions([start], groupID: "g"))
        configuration.autoOffsetReset = reset
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(10), maximum: .milliseconds(50)))
        options.maximumRecords = 10
        options.commitInterval = .milliseconds(50)
        let isHealed = Locked(false)
        let (good, bad) = (Locked(0), Locked<[Int]>([]))
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 4, options: options) { record in
            if record.keyText != "bad" { return good.change { $0 += 1 } }
            if !isHealed.value { throw Failed() }
            bad.append(record.offset.rawValue)
        }
        let producer = kafka.producerConfiguration
        try await ParallelScenarioTests.produce((0..<20).map { _ in "bad" }, to: "frames", through: producer)
        await until { consumer.engine.state.withLock { $0.parallel.partitionViews.first?.aside } == 17 }
        // The embedded cluster keeps 5 MiB. The reader must not fall behind by so much.
        for part in 1...6 {
            let keys = (0..<10).map { "good \($0)" }
            try await ParallelScenarioTests.produce(keys, to: "frames", size: 100_000, through: producer)
            await until { good.value == part * 10 }
        }
        try await ParallelScenarioTests.produce((0..<20).map { _ in "bad" }, to: "frames", through: producer)
        await until { consumer.engine.state.withLock { $0.parallel.partitionViews.first?.aside } == 37 }
        isHealed.change { $0 = true }
        await until { consumer.statistics.partitions.first?.frontier == 100 }
        await consumer.shutdown()
        #expect(bad.value == [0, 1, 2] + (80..<100))
    }
}
