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

    /// Handles one record.
    func handle(_ record: KafkaRecord) async throws {
        try await wait()
        try check(record)
        finish(record)
    }

    /// Handles all records of a batch, or none if one of them fails. The consumer then passes each record alone.
    func handle(_ batch: ParallelBatch) async throws {
        try await wait()
        for record in batch { try check(record) }
        batch.forEachInContext { finish($0) }
    }

    private func wait() async throws {
        if settings.waitMilliseconds > 0 { try await Task.sleep(for: .milliseconds(settings.waitMilliseconds)) }
    }

    private func check(_ record: KafkaRecord) throws {
        if let poison = settings.poisonKey, record.keyText == poison { throw Failure(description: "a poisoned key") }
        if settings.failRatio > 0, Double.random(in: 0..<1) < settings.failRatio {
            throw Failure(description: "a failure by chance")
        }
    }

    private func finish(_ record: KafkaRecord) {
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
