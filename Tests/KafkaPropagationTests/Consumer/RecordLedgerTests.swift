import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Record ledger", .timeLimit(.minutes(10)))
struct RecordLedgerTests {
    private let place = KafkaTopicPartition(topic: "frames", partition: 0)

    private func partition(_ generation: Int) -> AssignedPartition {
        AssignedPartition(topicPartition: place, index: 0, generation: generation)
    }

    private func front(_ offset: Int, isNew: Bool = true) -> RecordLedger.Completion {
        .front(KafkaTopicPartitionOffset(topicPartition: place, offset: .init(rawValue: offset)), isNew: isNew)
    }

    @Test(
        "The front never passes an unfinished record, for any order of the calls",
        arguments: 0..<100 as Range<UInt64>
    )
    func front(seed: UInt64) {
        var random = SplitMix(state: seed)
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        var next = Int.random(in: 0..<5, using: &random)
        var open: Set<Int> = []
        for _ in 0..<500 {
            if open.isEmpty || Bool.random(using: &random) {
                #expect(ledger.begin(0, offset: next) == false)
                open.insert(next)
                // Compaction and transactions leave gaps.
                next += Int.random(in: 1...3, using: &random)
            } else if let offset = open.randomElement(using: &random) {
                open.remove(offset)
                if case .front(let place, _) = ledger.finish(partition(1), offset: offset) {
                    #expect(place.offset?.rawValue ?? .max <= open.min() ?? next)
                }
            }
            #expect(ledger.unfinished == open.count)
        }
    }

    @Test("Nothing is committed until the first record is done, and then every finished record after it")
    func contiguous() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 5..<9 { _ = ledger.begin(0, offset: offset) }
        #expect(ledger.finish(partition(1), offset: 6) == .nothing)
        #expect(ledger.finish(partition(1), offset: 7) == .nothing)
        #expect(ledger.finish(partition(1), offset: 5) == front(8))
        // Until the broker has it, it is sent again.
        #expect(ledger.finish(partition(1), offset: 5) == front(8, isNew: false))
        ledger.noteCommit(partition(1), offset: 8)
        #expect(ledger.finish(partition(1), offset: 5) == .nothing)
        #expect(ledger.finish(partition(1), offset: 8) == front(9))
    }

    @Test("The position follows the records, with and without a group, and starts again with an assignment or a seek")
    func position() {
        for isTracking in [true, false] {
            var ledger = RecordLedger(isTracking: isTracking)
            #expect(ledger.position(of: 0) == nil)
            ledger.assign(partition(1))
            #expect(ledger.position(of: 0) == nil)
            for offset in [3, 4, 8] { _ = ledger.begin(0, offset: offset) }
            #expect(ledger.position(of: 0) == 9)
            ledger.restart(partition(2), at: 2)
            #expect(ledger.position(of: 0) == 2)
            _ = ledger.begin(0, offset: 5)
            #expect(ledger.position(of: 0) == 6)
            ledger.restart(partition(3), at: .end)
            #expect(ledger.position(of: 0) == nil)
            _ = ledger.begin(0, offset: .max)
            #expect(ledger.position(of: 0)?.rawValue == .max)
            ledger.assign(partition(4))
            #expect(ledger.position(of: 0) == nil)
            ledger.revoke(partition(4))
            #expect(ledger.position(of: 0) == nil)
        }
    }

    @Test("A record counts only in the assignment in which it was read")
    func generations() {
        var ledger = RecordLedger(isTracking: true)
        #expect(ledger.finish(partition(1), offset: 0) == .notAssigned)
        ledger.assign(partition(1))
        _ = ledger.begin(0, offset: 0)
        ledger.revoke(partition(1))
        #expect(ledger.finish(partition(1), offset: 0) == .notAssigned)
        ledger.assign(partition(2))
        _ = ledger.begin(0, offset: 0)
        #expect(ledger.finish(partition(1), offset: 0) == .notAssigned)
        #expect(ledger.finish(partition(2), offset: 0) == front(1))
    }

    @Test("After a seek, earlier records change nothing, and the front begins again")
    func seek() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 0..<3 { _ = ledger.begin(0, offset: offset) }
        ledger.restart(partition(2), at: 100)
        #expect(ledger.position(of: 0) == 100)
        #expect(ledger.finish(partition(1), offset: 0) == .nothing)
        _ = ledger.begin(0, offset: 100)
        #expect(ledger.finish(partition(2), offset: 100) == front(101))
        ledger.noteCommit(partition(1), offset: 3000)
        #expect(ledger.finish(partition(2), offset: 100) == front(101, isNew: false))
    }

    @Test("An offset from the application marks every record below it as done")
    func ownOffsets() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 0..<5 { _ = ledger.begin(0, offset: offset) }
        #expect(ledger.finish(nil, below: 3) == false)
        #expect(ledger.finish(partition(1), below: 3) == true)
        #expect(ledger.unfinished == 2)
        #expect(ledger.finish(partition(1), offset: 3) == front(4))
    }

    @Test("An offset from the application also counts for records that come later")
    func ownOffsetAhead() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 0..<3 { _ = ledger.begin(0, offset: offset) }
        #expect(ledger.finish(partition(1), below: 8) == true)
        #expect(ledger.finish(partition(1), offset: 2) == front(8, isNew: false))
        for offset in 3..<10 { _ = ledger.begin(0, offset: offset) }
        // Nobody finishes the records below 8.
        #expect(ledger.finish(partition(1), offset: 5) == front(8, isNew: false))
        #expect(ledger.finish(partition(1), offset: 8) == front(9))
        ledger.restart(partition(2), at: 0)
        for offset in 0..<3 { _ = ledger.begin(0, offset: offset) }
        #expect(ledger.finish(partition(2), offset: 0) == front(1))
    }

    @Test("An application that finishes no record uses a limited amount of memory, and gets one warning")
    func bounded() {
        var ledger = RecordLedger(isTracking: true, limit: 100)
        ledger.assign(partition(1))
        let told = (0..<1000).filter { ledger.begin(0, offset: $0) }
        #expect(told == [100])
        #expect(ledger.unfinished == 0)
        #expect(ledger.finish(partition(1), offset: 999) == .nothing)
        ledger.restart(partition(2), at: nil)
        _ = ledger.begin(0, offset: 1000)
        #expect(ledger.finish(partition(2), offset: 1000) == front(1001))
    }

    @Test("A front that is not new counts as stored only if it was stored again")
    func storedAgain() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 0..<10 { _ = ledger.begin(0, offset: offset) }
        for offset in 0..<10 { _ = ledger.finish(partition(1), offset: offset) }
        _ = ledger.finish(partition(1), below: 7)
        let again = ledger.finish(partition(1), offset: 5)
        #expect(again == front(10, isNew: false))
        #expect(ledger.descents.map(\.offset) == [7])
        ledger.noteStored(partition(1), offset: 10)
        #expect(ledger.descents.map(\.offset) == [10])
    }

    @Test("A record at the highest number traps nothing")
    func highestOffset() {
        for limit in [0, 10] {
            var ledger = RecordLedger(isTracking: true, limit: limit)
            ledger.assign(partition(1))
            _ = ledger.begin(0, offset: .max)
            #expect(ledger.position(of: 0)?.rawValue == .max)
            _ = ledger.front(of: partition(1), finishing: [.max])
            _ = ledger.noteTransaction(partition(1), finishing: [.max])
            _ = ledger.finish(partition(1), offset: .max)
        }
    }

    @Test("From the first offset that does not ascend, nothing is taken in until the partition is sought")
    func offsetsGoBack() {
        for isTracking in [true, false] {
            var ledger = RecordLedger(isTracking: isTracking)
            #expect(ledger.receive(0, offsets: [3, 1]) == 2)
            ledger.assign(partition(1))
            #expect(ledger.receive(0, offsets: [5, 6, 9]) == 3)
            for offset in [5, 6, 9] { _ = ledger.begin(0, offset: offset) }
            for offset in [5, 6, 9] { _ = ledger.finish(partition(1), offset: offset) }
            #expect(ledger.rewinds.isEmpty)
            #expect(ledger.receive(0, offsets: [12, 0, 1]) == 1)
            #expect(ledger.rewinds == [place: 0])
            #expect(ledger.receive(0, offsets: [20, 21]) == 0)
            ledger.restart(partition(2), at: 0)
            #expect(ledger.rewinds.isEmpty)
            #expect(ledger.receive(0, offsets: [0, 1, 2]) == 3)
            #expect(ledger.receive(0, offsets: [2]) == 0)
            #expect(ledger.rewinds == [place: 0])
            ledger.revoke(partition(2))
            #expect(ledger.rewinds.isEmpty)
            ledger.assign(partition(3))
            #expect(ledger.receive(0, offsets: [1]) == 1)
        }
    }

    @Test("If the end of a log was cut off, the reader goes back to the first record that is not done or not taken")
    func endIsCutOff() {
        func rewind(isTracking: Bool, taken: Int, done: Set<Int>) -> Int? {
            var ledger = RecordLedger(isTracking: isTracking)
            ledger.assign(partition(1))
            #expect(ledger.receive(0, offsets: 10..<20) == 10)
            for offset in 10..<10 + taken { _ = ledger.begin(0, offset: offset) }
            for offset in done { _ = ledger.finish(partition(1), offset: offset) }
            #expect(ledger.receive(0, offsets: [18]) == 0)
            return ledger.rewinds[place]
        }
        #expect(rewind(isTracking: true, taken: 0, done: []) == 10)
        #expect(rewind(isTracking: true, taken: 5, done: [10, 11, 13]) == 12)
        #expect(rewind(isTracking: true, taken: 5, done: Set(10..<15)) == 15)
        #expect(rewind(isTracking: true, taken: 10, done: Set(10..<20)) == 18)
        #expect(rewind(isTracking: false, taken: 0, done: []) == 10)
        #expect(rewind(isTracking: false, taken: 5, done: []) == 15)
        #expect(rewind(isTracking: false, taken: 10, done: []) == 18)
    }

    @Test("After a transaction, only an offset above its own is stored")
    func afterTransaction() {
        var ledger = RecordLedger(isTracking: true)
        ledger.assign(partition(1))
        for offset in 0..<10 { _ = ledger.begin(0, offset: offset) }
        for offset in 0..<3 { _ = ledger.finish(partition(1), offset: offset) }
        let none = KafkaTopicPartitionOffset(topicPartition: place, offset: nil)
        #expect(ledger.noteTransaction(partition(1), finishing: [3, 4]) == none)
        _ = ledger.finish(partition(1), offset: 6)
        #expect(ledger.noteTransaction(partition(1), finishing: [5]) == place.at(7))
        #expect(ledger.finish(partition(1), below: 8) == true)
        #expect(ledger.noteTransaction(partition(1), finishing: [6]) == place.at(8))
        #expect(ledger.noteTransaction(partition(1), below: 9) == none)
        #expect(ledger.unfinished == 1)
        #expect(ledger.finish(partition(1), offset: 8) == .nothing)
        ledger.restart(partition(2), at: 0)
        #expect(ledger.noteTransaction(partition(1), finishing: [9]) == nil)
        #expect(ledger.noteTransaction(partition(1), below: 9) == nil)
        #expect(ledger.descents == [])
    }

    /// librdkafka and a broker, as far as they commit stored offsets.
    private struct Committer {
        /// The offset that librdkafka would commit next.
        var stored: Int?
        /// The offset that librdkafka takes for the committed one. By itself it commits only higher ones.
        var known = -1
        /// The offset of the group.
        var committed: Int?
        var requests: [(offset: Int, descents: [RecordLedger.Descent])] = []

        mutating func timer() {
            if let stored, stored > known { requests.append((stored, [])) }
        }

        mutating func sendDescents(of ledger: inout RecordLedger) {
            for descent in ledger.takeDescents() { requests.append((descent.offset, [descent])) }
        }

        mutating func answer(_ ledger: inout RecordLedger, isSuccess: Bool) {
            let request = requests.removeFirst()
            if isSuccess {
                committed = request.offset
                known = request.offset
            }
            ledger.noteAnswer(to: request.descents, isCommitted: isSuccess)
        }
    }

    @Test(
        "The offset that was stored last reaches the group, also after seeks, assignments and failed commits",
        arguments: 0..<200 as Range<UInt64>
    )
    func descents(seed: UInt64) {
        var random = SplitMix(state: seed)
        var ledger = RecordLedger(isTracking: true)
        var committer = Committer()
        var generation = 1
        var next = 0
        ledger.assign(partition(generation))
        for _ in 0..<300 {
            switch Int.random(in: 0..<11, using: &random) {
            case 0..<5:
                _ = ledger.begin(0, offset: next)
                if case .front(let place, _) = ledger.finish(partition(generation), offset: next) {
                    committer.stored = place.offset?.rawValue
                }
                next += 1
            case 5:
                generation += 1
                next = Int.random(in: 0..<100, using: &random)
                ledger.restart(partition(generation), at: KafkaOffset(rawValue: next))
                committer.stored = nil
            case 6:
                let offset = Int.random(in: 0...next, using: &random)
                _ = ledger.finish(partition(generation), below: offset)
                committer.stored = offset
            case 7:
                // The partition is taken away, and assigned again.
                ledger.revoke(partition(generation))
                generation += 1
                next = Int.random(in: 0..<100, using: &random)
                ledger.assign(partition(generation))
                committer.stored = nil
            case 8: committer.timer()
            case 9: committer.sendDescents(of: &ledger)
            default:
                if !committer.requests.isEmpty {
                    committer.answer(&ledger, isSuccess: Int.random(in: 0..<4, using: &random) > 0)
                }
            }
        }
        for _ in 0..<2 {
            committer.sendDescents(of: &ledger)
            committer.timer()
            while !committer.requests.isEmpty { committer.answer(&ledger, isSuccess: true) }
        }
        if let stored = committer.stored { #expect(committer.committed == stored) }
        #expect(ledger.descents == [])
    }
}
