import Foundation
import TestSupport
import Testing

@testable import MALogger

/// A buffer as a list of lines, without places in a memory.
private struct Model {
    let chunkSize: Int
    let dueSize: Int
    var waiting: [[UInt8]] = []
    var inFlight: [[UInt8]] = []
    /// The address of a line that fits into no chunk, until it is written.
    var longLine: Int?
    /// Whether the waiting lines joined before the long line.
    var longLineFollows = false
    var isLongLineInFlight = false
    var isWriting = false
    var isUrgent = false
    var isClosed = false
    var isResting = false
    var hasWoken = false

    var size: Int { waiting.reduce(0) { $0 + $1.count } }

    var isIdle: Bool { waiting.isEmpty && longLine == nil && !isWriting }

    var isLongLineNext: Bool { longLine != nil && !longLineFollows }

    mutating func take() {
        isWriting = true
        isLongLineInFlight = isLongLineNext
        if isLongLineInFlight { return }
        (inFlight, waiting) = (waiting, [])
        (isUrgent, isResting, hasWoken, longLineFollows) = (false, false, false, false)
    }

    mutating func finish() {
        if isLongLineInFlight { longLine = nil }
        (isWriting, inFlight, isLongLineInFlight) = (false, [], false)
    }

    mutating func append(_ line: [UInt8], isUrgent: Bool) -> String {
        if isClosed || line.count > chunkSize { return "direct" }
        if size + line.count > chunkSize {
            self.isUrgent = true
            defer { hasWoken = true }
            return hasWoken ? "full" : "full, waking"
        }
        waiting.append(line)
        if isUrgent { self.isUrgent = true }
        let wakes = isUrgent || !hasWoken && (isResting || size >= dueSize)
        if wakes { hasWoken = true }
        return wakes ? "waking" : "at"
    }
}

@Suite("The chunks of a buffer", .timeLimit(.minutes(10)))
struct LineChunksTests {
    @Test("Every schedule of lines, batches and flushes behaves as a list of lines does", arguments: 0..<300)
    func schedules(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let size = 64 + Int(random.next() % 400)
        var chunks = LineChunks(size: size, dueSize: 1 + Int(random.next() % 200))
        var model = Model(chunkSize: chunks.chunkSize, dueSize: chunks.dueSize)
        var memory = [UInt8](repeating: 0, count: size)
        var taken: LineChunks.Batch?
        var number = 0
        var longBatch = 0

        for _ in 0..<400 {
            switch random.next() % 17 {
            case 0..<9:
                number += 1
                let length = 1 + Int(random.next() % (random.next() % 20 == 0 ? 300 : 40))
                let line = (0..<length).map { UInt8(truncatingIfNeeded: number &+ $0) }
                let isUrgent = random.next() % 12 == 0
                let hasRoom = chunks.hasRoom(length)
                let expected = model.append(line, isUrgent: isUrgent)
                let result: String
                switch chunks.append(length, isUrgent: isUrgent) {
                case .at(let place):
                    memory.replaceSubrange(place..<place + length, with: line)
                    result = "at"
                case .waking(let place):
                    memory.replaceSubrange(place..<place + length, with: line)
                    result = "waking"
                case .full(let mustWake): result = mustWake ? "full, waking" : "full"
                case .direct: result = "direct"
                }
                #expect(result == expected)
                #expect(hasRoom == !expected.hasPrefix("full"))
            case 9..<11:
                let isPossible = !model.isWriting && (!model.waiting.isEmpty || model.longLine != nil)
                #expect((chunks.next != nil) == isPossible)
                let batch = chunks.next
                chunks.take()
                try #require((batch != nil) == isPossible)
                #expect(chunks.next == nil)
                guard let batch else { continue }
                #expect(batch.number == chunks.written + 1)
                model.take()
                if model.isLongLineInFlight {
                    let bytes = try #require(UnsafePointer<UInt8>(bitPattern: model.longLine ?? 0))
                    let line = LineChunks.Batch(number: longBatch, place: .caller(bytes), count: 1_000, lines: 1)
                    #expect(batch == line)
                } else {
                    #expect(batch.lines == model.inFlight.count)
                }
                taken = batch
            case 11..<13:
                guard let batch = taken else { continue }
                if case .memory(let start) = batch.place {
                    // The bytes must still be there, after the lines that joined meanwhile.
                    #expect(Array(memory[start..<start + batch.count]) == model.inFlight.flatMap { $0 })
                }
                chunks.finish()
                #expect(chunks.written == batch.number)
                model.finish()
                taken = nil
            case 13:
                let last = chunks.flush()
                if !model.waiting.isEmpty { model.isUrgent = true }
                #expect((chunks.written >= last) == model.isIdle)
                #expect(last == chunks.last)
            case 14:
                #expect(chunks.rest() == model.waiting.isEmpty)
                if model.waiting.isEmpty { (model.isResting, model.hasWoken) = (true, false) }
            case 15:
                number += 1
                let bytes = try #require(UnsafePointer<UInt8>(bitPattern: number))
                let last = chunks.last
                let batch = chunks.append(longLine: bytes, 1_000)
                try #require((batch != nil) == (model.longLine == nil && !model.isClosed))
                guard let batch else { continue }
                #expect(batch == last + 1)
                longBatch = batch
                model.longLine = number
                model.longLineFollows = !model.waiting.isEmpty
            default:
                if random.next() % 60 == 0 {
                    chunks.close()
                    model.isClosed = true
                }
            }
            #expect(chunks.isClosed == model.isClosed)
            let isDue = !model.waiting.isEmpty && (model.isUrgent || model.size >= model.dueSize)
            #expect(chunks.isDue == (isDue || model.longLine != nil))
            #expect((chunks.last == chunks.written) == model.isIdle)
        }
    }

    @Test("A forked child's buffer has no lines and refuses more")
    func abandoned() {
        var chunks = LineChunks(size: 100, dueSize: 10)
        _ = chunks.append(20, isUrgent: false)
        chunks.take()
        _ = chunks.append(20, isUrgent: true)
        var line = UInt8(ascii: "\n")
        let last = chunks.append(longLine: &line, 1) ?? .max
        for _ in 0..<3 { _ = chunks.drop() }
        chunks.abandon()
        #expect(chunks.append(20, isUrgent: true) == .direct)
        #expect(chunks.flush() <= chunks.written && last <= chunks.written)
        #expect(chunks.append(longLine: &line, 1) == nil && chunks.next == nil)
        #expect(chunks.dropped == 0)
        #expect(!chunks.isDue)
    }

    @Test("Dropped lines count until they are reported, and a closed buffer drops none")
    func dropped() {
        var chunks = LineChunks(size: 100, dueSize: 10)
        #expect(chunks.isSettled)
        let areDropped = (0..<2).map { _ in chunks.drop() }
        #expect(areDropped == [true, true])
        #expect(!chunks.isSettled)
        chunks.noteReported(1)
        #expect(chunks.dropped == 1 && !chunks.isSettled)
        chunks.noteReported(1)
        #expect(chunks.isSettled)
        #expect(chunks.allDropped == 2)
        chunks.close()
        let isDropped = chunks.drop()
        #expect(!isDropped && chunks.isSettled && chunks.allDropped == 2)
    }
}
