import TestSupport
import Testing

@testable import KafkaPropagation

/// Records that are numbers. Each has as many bytes as its number.
private final class Numbers: RecordStorage {
    struct Record: Equatable {
        let partition: Int
        let number: Int
    }

    let records: [Record]

    init(_ records: [Record]) {
        self.records = records
    }

    func byteCount(at index: Int) -> Int { records[index].number % 7 }

    var segments: [Segment<Numbers>] {
        var segments: [Segment<Numbers>] = []
        for index in records.indices {
            if let last = segments.last, last.partition == records[index].partition {
                segments[segments.count - 1].range = last.range.lowerBound..<index + 1
            } else {
                segments.append(Segment(storage: self, partition: records[index].partition, range: index..<index + 1))
            }
        }
        return segments
    }
}

/// The model: a plain list.
private struct Model {
    var waiting: [Numbers.Record] = []
    var paused: [Int: [Numbers.Record]] = [:]

    mutating func append(_ record: Numbers.Record) {
        if paused[record.partition] == nil { waiting.append(record) } else { paused[record.partition]?.append(record) }
    }

    mutating func takeOut(_ partition: Int) -> [Numbers.Record] {
        let found = waiting.filter { $0.partition == partition }
        waiting.removeAll { $0.partition == partition }
        return found
    }
}

@Suite("Record buffer", .timeLimit(.minutes(10)))
struct RecordBufferTests {
    @Test(
        "Any sequence of calls gives the records and counts of a plain list",
        arguments: 0..<200 as Range<UInt64>
    )
    func matchesModel(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var buffer = RecordBuffer<Numbers>(recordLimit: 40, byteLimit: 100)
        var model = Model()
        var next = 0
        for _ in 0..<300 {
            let partition = Int.random(in: 0..<4, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let records = (0..<Int.random(in: 1...12, using: &random)).map { index in
                    Numbers.Record(partition: Int.random(in: 0..<4, using: &random), number: next + index)
                }
                next += records.count
                for segment in Numbers(records).segments { buffer.append(segment) }
                for record in records { model.append(record) }
            case 3...6:
                let limit = try #require([1, 1, 3, .max].randomElement(using: &random))
                let taken = buffer.take(limit: limit)
                let records = taken.map { taken in taken.range.map { taken.storage.records[$0] } } ?? []
                #expect(records == Array(model.waiting.prefix(records.count)))
                #expect(records.count <= limit && (records.count > 0) == !model.waiting.isEmpty)
                model.waiting.removeFirst(records.count)
            case 7:
                let stays = Bool.random(using: &random)
                let held = model.paused[partition]
                let count = model.takeOut(partition).count + (held?.count ?? 0)
                #expect(buffer.remove(partition, staysPaused: stays) == count)
                model.paused[partition] = held != nil && stays ? [] : nil
            case 8:
                buffer.pause(partition)
                model.paused[partition, default: []] += model.takeOut(partition)
            default:
                buffer.resume(partition)
                model.waiting = (model.paused.removeValue(forKey: partition) ?? []) + model.waiting
            }
            #expect(buffer.records == model.waiting.count)
            #expect(buffer.bytes == model.waiting.reduce(0) { $0 + $1.number % 7 })
            #expect(buffer.pausedRecords == model.paused.values.reduce(0) { $0 + $1.count })
            let first = buffer.first(of: partition).map { $0.storage.records[$0.index] }
            #expect(first == (model.paused[partition]?.first ?? model.waiting.first { $0.partition == partition }))
            #expect(buffer.room(averageSize: 3) <= max(0, 40 - model.waiting.count))
        }
    }

    @Test("A batch is released with its last record, even if the buffer never becomes empty")
    func releasesBatches() throws {
        var buffer = RecordBuffer<Numbers>(recordLimit: 1000, byteLimit: 1000)
        weak var first: Numbers?
        for start in 0..<3 {
            let batch = Numbers((0..<10).map { Numbers.Record(partition: 0, number: start * 10 + $0) })
            if start == 0 { first = batch }
            for segment in batch.segments { buffer.append(segment) }
        }
        for _ in 0..<9 { _ = buffer.take(limit: 1) }
        #expect(first != nil)
        _ = buffer.take(limit: 1)
        #expect(first == nil)
        #expect(buffer.records == 20)
        buffer.pause(0)
        #expect(buffer.remove(0, staysPaused: false) == 20)
    }

    @Test("Each taken record reduces the number of bytes, so that there is room again at once")
    func bytesPerRecord() {
        var buffer = RecordBuffer<Numbers>(recordLimit: 1000, byteLimit: 12)
        for segment in Numbers((0..<4).map { _ in .init(partition: 0, number: 6) }).segments { buffer.append(segment) }
        #expect(buffer.room(averageSize: 6) == 0)
        _ = buffer.take(limit: 3)
        #expect(buffer.bytes == 6)
        #expect(buffer.room(averageSize: 6) == 1)
    }
}
