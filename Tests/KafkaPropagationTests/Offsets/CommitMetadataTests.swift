import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The metadata of a commit", .timeLimit(.minutes(10)))
struct CommitMetadataTests {
    @Test("Finished offsets are read back unchanged, from few bytes")
    func roundTrip() {
        let ranges = [101..<150, 152..<153, 1_000_000..<1_000_500]
        let encoded = CommitMetadata.encode(committed: 100, finished: ranges)
        #expect(encoded.utf8.count < 40)
        let decoded = CommitMetadata.decode(encoded, committed: 100, end: 1_000_500)
        #expect(decoded == .finished(ranges))
    }

    @Test("The text of version 1 never changes, so that members of different releases understand each other")
    func stable() {
        let lengths = CommitMetadata.encode(committed: 300, finished: [302..<305, 1000..<3000])
        #expect(lengths == "ma-logger/1:AawCAgO3BdAPZOxxrg")
        let bitmap = CommitMetadata.encode(committed: 5, finished: [7..<8, 9..<10, 11..<12, 13..<14])
        #expect(bitmap == "ma-logger/1:AgWq3nJxtA")
    }

    @Test("A commit without finished offsets has no text")
    func empty() {
        #expect(CommitMetadata.encode(committed: 7, finished: []) == "")
    }

    @Test("Every second offset of 20,000 fits as a bitmap")
    func alternating() {
        let ranges = (0..<10_000).map { 2 * $0 + 1..<2 * $0 + 2 }
        let encoded = CommitMetadata.encode(committed: 0, finished: ranges)
        #expect(encoded.utf8.count <= 4096)
        #expect(CommitMetadata.decode(encoded, committed: 0, end: 20_000) == .finished(ranges))
    }

    @Test(
        "Offsets that do not fit are cut off at the end, and the text never exceeds the limit",
        arguments: [0, 12, 20, 40, 300, 4096]
    )
    func overflow(_ limit: Int) {
        let sparse = (1...30_000).map { 1000 * $0..<1000 * $0 + 300 }
        let dense = (0..<40_000).map { 2 * $0 + 1..<2 * $0 + 2 }
        for ranges in [sparse, dense] {
            let encoded = CommitMetadata.encode(committed: 0, finished: ranges, limit: limit)
            #expect(encoded.utf8.count <= limit)
            if encoded.isEmpty { continue }
            guard case .finished(let found) = CommitMetadata.decode(encoded, committed: 0, end: .max) else {
                Issue.record("\(encoded) is not read")
                continue
            }
            #expect(found.count < ranges.count)
            #expect(found == Array(ranges[..<found.count]))
        }
    }

    @Test("The first ranges of a million finished offsets make the same text as all of them")
    func usableRanges() {
        var frontier = OffsetFrontier(committed: 0)
        for offset in 0..<1_000_000 { _ = frontier.begin(offset) }
        for offset in stride(from: 1, to: 1_000_000, by: 2) { frontier.finish(offset) }
        let finished = frontier.finishedRanges
        #expect(finished.count == 500_000)
        for limit in [12, 400, 4096] {
            let (count, end) = CommitMetadata.usableRanges(committed: 0, limit: limit)
            let ranges = frontier.finishedRanges(atLeast: count, upTo: end)
            #expect(ranges.count <= 4 * limit)
            let all = CommitMetadata.encode(committed: 0, finished: finished, limit: limit)
            #expect(CommitMetadata.encode(committed: 0, finished: ranges, limit: limit) == all)
        }
    }

    @Test("The first ranges make the same text as all of them, whatever their lengths and the limit", arguments: 0..<16)
    func usableRandomRanges(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<20 {
            let committed = [0, 5, 1 << 40, Int.max - 1_000_000_000].randomElement(using: &random) ?? 0
            let limit = [0, 11, 12, 20, 28, 40, 300, 4096].randomElement(using: &random) ?? 0
            let (longestGap, longest) = (
                [1, 3, 300].randomElement(using: &random) ?? 1, [1, 3, 300, 30_000][seed % 4]
            )
            var ranges: [Range<Int>] = []
            var position = committed
            for _ in 0..<Int.random(in: 1..<15_000, using: &random) {
                let first = position + Int.random(in: 1...longestGap, using: &random)
                position = first + Int.random(in: 1...longest, using: &random)
                ranges.append(first..<position)
            }
            let (count, end) = CommitMetadata.usableRanges(committed: committed, limit: limit)
            let usable = OffsetFrontier(committed: committed, finished: ranges)
                .finishedRanges(atLeast: count, upTo: end)
            #expect(usable == Array(ranges[..<usable.count]))
            let all = CommitMetadata.encode(committed: committed, finished: ranges, limit: limit)
            #expect(CommitMetadata.encode(committed: committed, finished: usable, limit: limit) == all)
        }
    }

    @Test("The highest offsets do not overflow")
    func usableRangesAtTheEnd() {
        #expect(CommitMetadata.usableRanges(committed: .max - 2).end == .max)
    }

    @Test(
        "A text of another program, another version or another commit is not used",
        arguments: [
            (nil, CommitMetadata.Reason.absent), ("", .absent), ("AQAAAYvP", .foreign), ("{\"offset\":3}", .foreign),
            ("ma-logger", .foreign), ("MA-LOGGER/1:", .foreign), ("ma-logger/2:abcd", .otherVersion),
            ("ma-logger/", .otherVersion), ("ma-logger/1:", .damaged), ("ma-logger/1:====", .damaged),
            ("ma-logger/1:AAAAAAAAAAAA", .damaged),
        ]
    )
    func foreign(_ text: String?, _ reason: CommitMetadata.Reason) {
        #expect(CommitMetadata.decode(text, committed: 10, end: 100) == .nothing(reason))
    }

    @Test("A text is not used if a tool moved the offset or the log was truncated")
    func moved() {
        let text = CommitMetadata.encode(committed: 10, finished: [12..<20])
        #expect(CommitMetadata.decode(text, committed: 11, end: 100) == .nothing(.otherOffset))
        #expect(CommitMetadata.decode(text, committed: 9, end: 100) == .nothing(.otherOffset))
        #expect(CommitMetadata.decode(text, committed: 10, end: 19) == .nothing(.beyondEnd))
        #expect(CommitMetadata.decode(text, committed: 10, end: 3) == .nothing(.beyondEnd))
        #expect(CommitMetadata.decode(text, committed: 10, end: 20) == .finished([12..<20]))
    }

    @Test("A change of any character is detected")
    func changed() {
        let text = CommitMetadata.encode(committed: 1000, finished: [1002..<1010, 2000..<2500])
        for (index, character) in text.enumerated() {
            for other in "A8+/ =" where other != character {
                var characters = Array(text)
                characters[index] = other
                let decoded = CommitMetadata.decode(String(characters), committed: 1000, end: .max)
                guard case .nothing = decoded else {
                    Issue.record("\(String(characters)) is taken for \(decoded)")
                    continue
                }
            }
            let cut = CommitMetadata.decode(String(text.prefix(index)), committed: 1000, end: .max)
            guard case .nothing = cut else {
                Issue.record("a text of \(index) characters is taken for \(cut)")
                continue
            }
        }
    }

    @Test(
        "Random bytes with a valid checksum do not trap, and give no offset at or below the commit",
        arguments: 0..<16
    )
    func hostile(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<2000 {
            let committed = [0, 5, 300, Int.max - 10, Int.max].randomElement(using: &random) ?? 0
            var bytes: [UInt8] = [UInt8.random(in: 0...3, using: &random)]
            VariableLengthInteger.append(committed, to: &bytes)
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                bytes.append(Bool.random(using: &random) ? .random(in: 0...255, using: &random) : 0xFF)
            }
            let checksum = bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt32(shift))) }
            let text = CommitMetadata.prefix + Base64.text(of: bytes)
            if case .finished(let ranges) = CommitMetadata.decode(text, committed: committed, end: .max) {
                #expect(ranges.allSatisfy { $0.lowerBound > committed })
                #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
                _ = OffsetFrontier(committed: committed, finished: ranges).finishedRanges
            }
        }
    }

    @Test(
        "The bound of the size holds for random ranges, and every text within the limit is complete",
        arguments: 0..<16
    )
    func sizeBound(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<50 {
            let committed = Int.random(in: 0..<1 << 40, using: &random)
            var ranges: [Range<Int>] = []
            var position = committed
            let longest = [2, 50, 300, 100_000].randomElement(using: &random) ?? 2
            for _ in 0..<Int.random(in: 1..<1500, using: &random) {
                let first = position + Int.random(in: 1...longest, using: &random)
                position = first + Int.random(in: 1...longest, using: &random)
                ranges.append(first..<position)
            }
            let bound = CommitMetadata.sizeBound(ranges: ranges.count, span: position - committed)
            let encoded = CommitMetadata.encode(committed: committed, finished: ranges)
            #expect(encoded.utf8.count <= min(bound, 4096))
            let isComplete = CommitMetadata.decode(encoded, committed: committed, end: position) == .finished(ranges)
            #expect(isComplete || bound > 4096)
        }
    }
}
