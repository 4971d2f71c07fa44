import Testing

@testable import KafkaPropagation

@Suite("Levels of queues", .timeLimit(.minutes(10)))
struct QueueLevelsTests {
    @Test("A queue that was full and has room again is told once, and one that was never full is not")
    func levels() {
        var levels = QueueLevels(recordLimit: 100, byteLimit: 1 << 20)
        let quiet = levels.note(0, before: 60, after: 10, averageSize: 100)
        let full = levels.note(0, before: 120, after: 70, averageSize: 100)
        let other = levels.note(1, before: 60, after: 10, averageSize: 100)
        let open = levels.note(0, before: 70, after: 20, averageSize: 100)
        let again = levels.note(0, before: 20, after: 0, averageSize: 100)
        #expect([quiet, full, other, open, again] == [false, false, false, true, false])
    }

    @Test("Large records fill a queue by their bytes")
    func bytes() {
        var levels = QueueLevels(recordLimit: 10_000, byteLimit: 1 << 20)
        let full = levels.note(0, before: 10, after: 9, averageSize: 100_000)
        let open = levels.note(0, before: 9, after: 2, averageSize: 100_000)
        #expect(!full && open)
    }

    @Test("A queue that holds one large record or none at its limit has room again when it is empty")
    func largerThanHalfTheLimit() {
        for size in [1_500_000, 2 << 20, 3_000_000] {
            var levels = QueueLevels(recordLimit: 2500, byteLimit: 2 << 20)
            let full = levels.note(0, before: 2, after: 1, averageSize: size)
            let open = levels.note(0, before: 2, after: 0, averageSize: size)
            #expect(!full && open)
        }
    }
}
