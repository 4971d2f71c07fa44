import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Memory of records", .timeLimit(.minutes(10)))
struct RecordMemoryTests {
    @Test("Memory of one owner is never given to another one while the owner keeps its blocks", arguments: 0..<20)
    func isDistinct(seed: Int) {
        struct Owner {
            var blocks: [RecordBlock] = []
            var parts: [(start: UnsafeMutableRawPointer, count: Int, byte: UInt8)] = []

            var isUnchanged: Bool {
                parts.allSatisfy { part in
                    UnsafeRawBufferPointer(start: part.start, count: part.count).allSatisfy { $0 == part.byte }
                }
            }
        }

        var random = SplitMix(state: UInt64(seed))
        let memory = RecordMemory()
        var owners: [Owner] = []
        for step in 0..<300 {
            var owner = Owner()
            var batch = BatchMemory(memory)
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                let isLarge = Int.random(in: 0..<50, using: &random) == 0
                let count = Int.random(in: 0..<(isLarge ? 300_000 : 5000), using: &random)
                let rest = batch.rest
                let start = batch.reserve(count)
                if count <= rest.count, let begin = rest.baseAddress { #expect(start == begin) }
                #expect(UInt(bitPattern: start) % 16 == 0)
                let byte = UInt8(truncatingIfNeeded: step)
                UnsafeMutableRawBufferPointer(start: start, count: count).initializeMemory(
                    as: UInt8.self,
                    repeating: byte
                )
                owner.parts.append((start, count, byte))
            }
            owner.blocks = batch.finish()
            owners.append(owner)
            // The blocks of the owners that leave are used again.
            if owners.count > 10 {
                let index = Int.random(in: 0..<owners.count, using: &random)
                #expect(owners[index].isUnchanged)
                owners.remove(at: index)
            }
        }
        #expect(owners.allSatisfy { $0.isUnchanged })
    }
}
