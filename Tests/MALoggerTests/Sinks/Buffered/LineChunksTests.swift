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
    var isWriting = false
    var isUrgent = false
    var isClosed = false
    var isResting = false
    var hasCalled = false

    var size: Int { waiting.reduce(0) { $0 + $1.count } }

    mutating func append(_ line: [UInt8], isUrgent: Bool) -> String {
        if isClosed || line.count > chunkSize { return "direct" }
        if size + line.count > chunkSize {
            self.isUrgent = true
            defer { hasCalled = true }
            return hasCalled ? "full" : "full, calling"
        }
        waiting.append(line)
        if isUrgent { self.isUrgent = true }
        let calls = isUrgent || !hasCalled && (isResting || size >= dueSize)
        if calls { hasCalled = true }
        return calls ? "calling" : "at"
    }
}

@Suite("The chunks of a buffer", .timeLimit(.minutes(3)))
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

        for _ in 0..<400 {
            switch random.next() % 16 {
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
                case .calling(let place):
                    memory.replaceSubrange(place..<place + length, with: line)
                    result = "calling"
                case .full(let mustCall): result = mustCall ? "full, calling" : "full"
                case .direct: result = "direct"
                }
                #expect(result == expected)
                #expect(hasRoom == !expected.hasPrefix("full"))
            case 9..<11:
                let batch = chunks.take()
                let isPossible = !model.waiting.isEmpty && !model.isWriting
                try #require((batch != nil) == isPossible)
                guard let batch else { continue }
                #expect(batch.lines == model.waiting.count)
                #expect(batch.number == chunks.last)
                model.inFlight = model.waiting
                model.waiting = []
                (model.isWriting, model.isUrgent, model.isResting, model.hasCalled) = (true, false, false, false)
                taken = batch
            case 11..<13:
                guard let batch = taken else { continue }
                // The bytes must still be there, after the lines that joined meanwhile.
                #expect(Array(memory[batch.start..<batch.start + batch.count]) == model.inFlight.flatMap { $0 })
                chunks.finish()
                #expect(chunks.written == batch.number)
                (model.isWriting, model.inFlight, taken) = (false, [], nil)
            case 13:
                let last = chunks.flush()
                if !model.waiting.isEmpty { model.isUrgent = true }
                #expect((chunks.written >= last) == (model.waiting.isEmpty && !model.isWriting))
            case 14:
                #expect(chunks.rest() == model.waiting.isEmpty)
                if model.waiting.isEmpty { (model.isResting, model.hasCalled) = (true, false) }
            default:
                if random.next() % 60 == 0 {
                    chunks.close()
                    model.isClosed = true
                }
            }
            #expect(chunks.isClosed == model.isClosed)
            let isDue = !model.waiting.isEmpty && (model.isUrgent || model.size >= model.dueSize)
            #expect(chunks.isDue == isDue)
        }
    }

    @Test("A forked child's buffer has no lines and refuses more")
    func abandoned() {
        var chunks = LineChunks(size: 100, dueSize: 10)
        _ = chunks.append(20, isUrgent: false)
        _ = chunks.take()
        _ = chunks.append(20, isUrgent: true)
        for _ in 0..<3 { chunks.drop() }
        chunks.abandon()
        #expect(chunks.append(20, isUrgent: true) == .direct)
        #expect(chunks.flush() <= chunks.written)
        #expect(chunks.takeDropped() == 0)
        #expect(!chunks.isDue)
    }

    @Test("The number of dropped lines is taken once")
    func dropped() {
        var chunks = LineChunks(size: 100, dueSize: 10)
        for _ in 0..<2 { chunks.drop() }
        #expect(chunks.takeDropped() == 2)
        #expect(chunks.takeDropped() == 0)
        #expect(chunks.allDropped == 2)
    }
}
