import Dispatch
import Foundation
import KafkaPropagation
import TestSupport

let partitionCount = 4

func configuration(_ topic: String, group: String? = nil) throws -> KafkaConsumerConfiguration {
    var configuration = KafkaConsumerConfiguration(
        try .fromEnvironment(),
        .group(id: group ?? "\(topic)-readers", topics: [topic])
    )
    configuration.autoOffsetReset = .earliest
    configuration.sessionTimeout = .seconds(6)
    configuration.heartbeatInterval = .milliseconds(500)
    configuration.commitPolicy = .storedOffsets(every: .milliseconds(500))
    return configuration
}

func createTopic(_ topic: String) async throws {
    do {
        try await KafkaAdmin(.fromEnvironment()).createTopics([KafkaTopic(name: topic, partitions: partitionCount)])
    } catch {
        guard error.code == .topicAlreadyExists else { throw error }
    }
}

/// Sends the numbers from 0 on, as texts that are padded to a size.
struct Producing {
    let topic: String
    let count: Int
    let size: Int
    /// The number of messages per second; 0 for no limit.
    let perSecond: Int

    func run() async throws {
        try await createTopic(topic)
        try await withKafkaProducer(KafkaProducerConfiguration(try .fromEnvironment())) { producer in
            let start = ContinuousClock.now
            for number in 0..<count {
                let text = "\(number)".padding(toLength: max(size, 8), withPad: " ", startingAt: 0)
                let message = KafkaMessage(topic: topic, key: "\(number % 1000)", value: text)
                while true {
                    do {
                        try producer.enqueue(message)
                        break
                    } catch let error as KafkaError where error.code == .queueFull {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                if perSecond > 0, number % 10 == 9 {
                    try await Task.sleep(until: start + .seconds(1) * number / perSecond)
                }
            }
            try await producer.flush()
        }
    }
}

/// A member of the group: the loop of the README in one or several tasks. It prints the number of each record after
/// handling it.
struct Reading {
    let topic: String
    let workers: Int
    /// The longest time that a record takes.
    let microseconds: Int
    /// The member ends when no record has come for this time; 0 for never.
    let idleSeconds: Int

    func run() async throws {
        let isAsked = Locked(false)
        let last = Locked(ContinuousClock.now)
        try await withKafkaConsumer(configuration(topic)) { consumer in
            signal(SIGTERM, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
            source.setEventHandler { @Sendable in
                isAsked.change { $0 = true }
                consumer.triggerGracefulShutdown()
            }
            source.activate()
            let idle = Task {
                while idleSeconds > 0 {
                    try await Task.sleep(for: .milliseconds(200))
                    guard last.value.duration(to: .now) > .seconds(idleSeconds) else { continue }
                    isAsked.change { $0 = true }
                    consumer.triggerGracefulShutdown()
                    return
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<workers {
                    group.addTask {
                        for try await record in consumer {
                            last.change { $0 = .now }
                            try await handle(record)
                            try consumer.storeOffset(record)
                        }
                    }
                }
                try await group.waitForAll()
            }
            idle.cancel()
            source.cancel()
        }
        if !isAsked.value { fail("the loop ended without a request") }
    }

    private func handle(_ record: KafkaRecord) async throws {
        if microseconds > 0 { try await Task.sleep(for: .microseconds(Int.random(in: 0...microseconds))) }
        let text = record.decodeValue { bytes in
            bytes.withUnsafeBufferPointer { String(decoding: $0.prefix { $0 != 32 }, as: UTF8.self) }
        }
        // Each line is one write, so a killed member has printed only whole lines.
        let line = Array("\(text ?? "")\n".utf8)
        _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}

/// Reads the group's offsets until SIGTERM, and fails if one goes back.
struct Watching {
    let topic: String

    func run() async throws {
        let isAsked = Locked(false)
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { @Sendable in isAsked.change { $0 = true } }
        source.activate()
        let partitions = (0..<partitionCount).map { KafkaTopicPartition(topic: topic, partition: .init(rawValue: $0)) }
        // A consumer that reads no records. It only asks for the group's offsets.
        var watching = try configuration(topic)
        watching.consumptionStrategy = .partitions([], groupID: "\(topic)-readers")
        watching.commitPolicy = .manual
        var highest = [KafkaPartition: Int]()
        var looks = 0
        try await withKafkaConsumer(watching) { consumer in
            while !isAsked.value {
                for place in try await consumer.committed(topicPartitions: partitions) {
                    guard let offset = place.offset?.rawValue else { continue }
                    if let before = highest[place.partition], offset < before {
                        fail("\(place.topicPartition): the group's offset went back from \(before) to \(offset)")
                    }
                    highest[place.partition] = offset
                }
                looks += 1
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        print("\(looks) looks, committed \(highest.values.reduce(0, +))")
    }
}

/// Reads a backlog with one loop whose handler takes some time, and prints the resident memory of the process.
struct Backlog {
    let topic: String
    let count: Int
    let microseconds: Int

    func run() async throws {
        let group = "\(topic)-backlog-\(getpid())"
        try await withKafkaConsumer(configuration(topic, group: group)) { consumer in
            var seen = 0
            var sizes: [Int] = []
            let start = ContinuousClock.now
            var next = start
            for try await record in consumer {
                let end = ContinuousClock.now + .microseconds(microseconds)
                while .now < end {}
                try consumer.storeOffset(record)
                seen += 1
                if .now >= next {
                    next += .seconds(5)
                    sizes.append(residentMegabytes())
                    print("\(start.duration(to: .now).components.seconds) s: \(seen) records, \(sizes.last ?? 0) MiB")
                }
                if seen == count { break }
            }
            let late = sizes.dropFirst(sizes.count / 4)
            print("\(seen) records in \(start.duration(to: .now)), at most \(sizes.max() ?? 0) MiB")
            guard let least = late.min(), let most = late.max(), least > 0 else { fail("could not measure the memory") }
            if most > 2 * least + 64 { fail("memory grows") }
        }
    }

    private func residentMegabytes() -> Int {
        let file = open("/proc/self/statm", O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard let pages = words.dropFirst().first.flatMap({ Int($0) }), pages > 0 else {
            fail("could not read the resident memory of this process")
        }
        return (pages * 4096) >> 20
    }
}
