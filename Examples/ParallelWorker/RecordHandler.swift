import Foundation
import KafkaPropagation
import MALogger
import Synchronization

/// Handles records: waits, fails if it is told to, and logs one line for each record, in the record's context.
final class RecordHandler: Sendable {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let settings: WorkerSettings
    private let count = Atomic<Int>(0)
    private let enough = Mutex<(@Sendable () -> Void)?>(nil)
    private let log = Log("parallel-worker.handler")

    init(_ settings: WorkerSettings) {
        self.settings = settings
    }

    /// The number of records that were handled.
    var handled: Int { count.load(ordering: .relaxed) }

    /// Calls `action` when as many records were handled as the settings ask for.
    func onEnough(_ action: @escaping @Sendable () -> Void) {
        enough.withLock { $0 = action }
        if isEnough { action() }
    }

    private var isEnough: Bool { settings.count > 0 && handled >= settings.count }

    func consumer(of settings: WorkerSettings, _ connection: KafkaConfiguration) throws -> ParallelConsumer {
        var configuration = KafkaConsumerConfiguration(
            connection,
            .group(id: settings.group ?? "", topics: [settings.topic ?? ""])
        )
        configuration.autoOffsetReset = .earliest
        configuration.sessionTimeout = .milliseconds(settings.sessionTimeoutMilliseconds)
        // A session survives two lost heartbeats.
        configuration.heartbeatInterval = .milliseconds(min(3000, settings.sessionTimeoutMilliseconds / 3))
        configuration.isolationLevel = settings.isolation == "read_committed" ? .readCommitted : .readUncommitted
        var options = ParallelConsumer.Options()
        if let topic = settings.deadLetterTopic {
            options.deadLetters = ParallelConsumer.DeadLetters(topic: topic)
            options.retry = .backoff(maximumAttempts: (settings.retries ?? 9) + 1)
        } else if let retries = settings.retries {
            options.retry = .backoff(maximumAttempts: retries + 1, then: .stop)
        }
        let ordering: ParallelConsumer.Ordering =
            switch settings.ordering {
            case "partition": .partition
            case "unordered": .unordered
            default: .key
            }
        if settings.batch == 1 {
            return try ParallelConsumer(
                configuration,
                ordering: ordering,
                maxConcurrency: settings.maxConcurrency,
                options: options
            ) { record in
                try await self.wait()
                try self.handle(record)
            }
        }
        return try ParallelConsumer(
            configuration,
            ordering: ordering,
            maxConcurrency: settings.maxConcurrency,
            batchSize: settings.batch,
            options: options
        ) { batch in
            try await self.wait()
            try batch.forEachInContext { try self.handle($0) }
        }
    }

    private func wait() async throws {
        if settings.waitMilliseconds > 0 { try await Task.sleep(for: .milliseconds(settings.waitMilliseconds)) }
    }

    private func handle(_ record: KafkaRecord) throws {
        if let poison = settings.poisonKey, record.keyText == poison { throw Failure(description: "a poisoned key") }
        if settings.failRatio > 0, Double.random(in: 0..<1) < settings.failRatio {
            throw Failure(description: "a failure by chance")
        }
        log.info("record handled") {
            $0.topic = record.topic
            $0.partition = record.partition
            $0.offset = record.offset
            if let text = record.keyText {
                $0.key = text
            } else if let key = record.key {
                $0.key_b64 = Data(key).base64EncodedString()
            }
            $0.attempt = record.attempt
        }
        count.wrappingAdd(1, ordering: .relaxed)
        if isEnough { enough.withLock { $0 }?() }
    }
}
