import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("malog stats", .timeLimit(.minutes(10)))
struct StatsTests {
    /// The row of a table, without repeated blanks.
    private func row(_ output: String, _ name: String) -> String? {
        output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            .first { $0.hasPrefix(name + " ") }
    }

    @Test("Lines are counted by level, logger, service and second, and traces once")
    func counts() throws {
        let file = try write([
            Lines.otel(), Lines.elastic, Lines.google, Lines.datadog,
            Lines.otel(time: "2026-11-26T11:10:45.000001Z", level: "ERROR", message: "disk full", service: "b"),
            Lines.otel(logger: "db", trace: "N/A", span: nil), "noise", Lines.spans(),
        ])
        let run = Run("stats", file.path)
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("8 lines · "))
        #expect(run.output.contains(" · 1 trace\n2026-11-26 11:10:43 to 2026-11-26 11:10:45 UTC"))
        #expect(run.output.contains("✖ 1 line could not be read"))
        #expect(run.output.contains("1 line without a trace ID"))
        #expect(row(run.output, "INFO")?.hasPrefix("INFO 5 ") == true)
        #expect(row(run.output, "ERROR")?.hasPrefix("ERROR 1 ") == true)
        #expect(row(run.output, "disk full")?.hasPrefix("disk full 1 ") == true)
        #expect(row(run.output, "video-worker")?.hasPrefix("video-worker 5 ") == true)
        #expect(row(run.output, "db")?.hasPrefix("db 1 ") == true)
        #expect(row(run.output, "11:10:43")?.hasPrefix("11:10:43 5 ") == true)
        #expect(row(run.output, "11:10:44") == nil || row(run.output, "11:10:44") == "11:10:44 0")
        #expect(row(run.output, "11:10:45")?.hasPrefix("11:10:45 1 ") == true)
    }

    @Test("The period and the timeline of 150,000 seconds have each line, in a file and in a pipe")
    func manySeconds() throws {
        let start = try #require(Timestamp("2026-01-01T00:00:00Z")).nanoseconds
        let lines = (0..<150_000).map { number in
            let time = Timestamp(nanoseconds: start + Int64(number) * 1_000_000_000)
            return #"{"timestamp":"\#(time.date)T\#(time.timeOfDay)Z","level":"INFO","message":""}"#
        }
        let file = try write(lines)
        for run in [Run("stats", file.path), try Run("stats", pipe: lines.joined(separator: "\n"))] {
            #expect(run.output.contains("2026-01-01 00:00:00 to 2026-01-02 17:39:59 UTC · 1.00 lines/s"))
            let timeline = run.output.split(separator: "\n").drop { $0 != "Lines per 6 h" }.dropFirst()
            let counts = timeline.map { $0.split(separator: " ")[2].replacing(",", with: "") }
            #expect(counts == Array(repeating: "21600", count: 6) + ["20400"])
        }
    }

    @Test("IDs that were chosen to mislead the estimate are not counted more than once each")
    func chosenIDs() {
        /// The ID that is mixed to this word.
        func unmix(_ word: UInt64) -> UInt64 {
            let product = (word ^ word >> 29 ^ word >> 58) &* 0x96DE_1B17_3F11_9089
            return product ^ product >> 31 ^ product >> 62
        }
        var one = DistinctCount()
        for number in 0...100_000 { one.add(UInt64(number)) }
        var other = DistinctCount()
        for register in 0..<UInt64(1 << 14) { other.add(unmix(register << 50)) }
        #expect(other.value == (1 << 14, true))
        one.add(other)
        #expect(!one.value.isExact && one.value.count <= 100_001 + 1 << 14)
    }

    @Test("Seconds are joined as soon as there are too many, whichever thread saw them")
    func joinedSeconds() throws {
        var random = SplitMix(state: 7)
        for (number, range) in [(20_000, 50_000), (110_000, 3_000_000), (110_000, 7_258_118_400)] as [(Int, Int64)] {
            var whole = SecondCounts()
            var parts = [SecondCounts(), SecondCounts(), SecondCounts()]
            var expected: [Int64: Int] = [:]
            for _ in 0..<number {
                let second = Int64.random(in: 0..<range, using: &random)
                expected[second, default: 0] += 1
                let time = Timestamp(nanoseconds: second * 1_000_000_000)
                let text = Array("\(time.date)T\(time.timeOfDay)".utf8)
                text.withUnsafeBufferPointer { bytes in
                    let time = UnsafeBufferPointer(rebasing: bytes[..<19])
                    whole.add(time)
                    parts[Int.random(in: 0..<3, using: &random)].add(time)
                }
            }
            var sum = SecondCounts()
            for part in parts { sum.add(part) }
            let intervals = whole.sorted()
            #expect(sum.sorted().elementsEqual(intervals, by: ==))
            #expect(sum.width == whole.width && sum.period == whole.period)
            #expect(intervals.count <= SecondCounts.limit)
            let seconds = expected.keys.sorted()
            #expect(try whole.period == (#require(seconds.first))...(#require(seconds.last)))
            var joined: [Int64: Int] = [:]
            for (second, count) in expected { joined[second / whole.width * whole.width, default: 0] += count }
            #expect(Dictionary(uniqueKeysWithValues: intervals.map { ($0.second, $0.count) }) == joined)
            #expect((whole.width == 1) == (expected.count <= SecondCounts.limit))
        }
    }

    @Test("Tasks have their number, their mean and their longest time, and the slowest runs their trace")
    func tasks() throws {
        let lines = (1...200).map { number in
            Lines.otel(
                level: number == 7 ? "ERROR" : "INFO",
                message: "Task load \(number == 7 ? "failed" : "success")",
                more: #","attributes":{"duration":0.\#(1000 + number)}"#
            )
        }
        let file = try write(lines)
        let output = Run("stats", file.path).output
        #expect(row(output, "load")?.hasPrefix("load 200 × 110 ms at most 120 ms ✖ 1 failed") == true)
        #expect(output.contains("120 ms   trace \(Lines.trace)"))
    }

    @Test(
        "A table of different texts shows the most frequent ones, whichever thread saw them",
        arguments: [UInt64.max, 0xFF << 56]
    )
    func names(hashMask: UInt64) {
        var random = SplitMix(state: 5)
        var whole = NameCounts(hashMask: hashMask)
        var parts = [whole, whole, whole]
        var expected: [String: Int] = [:]
        for _ in 0..<5000 {
            let name = "n\(Int.random(in: 0..<50, using: &random) * Int.random(in: 0..<50, using: &random))"
            expected[name, default: 0] += 1
            let memory = Array(name.utf8) + [UInt8](repeating: 0, count: 64)
            memory.withUnsafeBufferPointer { bytes in
                let name = UnsafeBufferPointer(rebasing: bytes[..<name.utf8.count])
                whole.add(name, bytes: 1)
                parts[Int.random(in: 0..<3, using: &random)].add(name, bytes: 1)
            }
        }
        var sum = NameCounts(hashMask: hashMask)
        for part in parts { sum.add(part) }
        for counts in [whole, sum] {
            let top = counts.top(10_000)
            #expect(Dictionary(uniqueKeysWithValues: top.map { ($0.name, $0.count) }) == expected)
            #expect(top.allSatisfy { $0.bytes == $0.count })
        }
    }

    @Test("Long texts with the same beginning count as one, so that a table stays small")
    func longNames() {
        let beginning = String(repeating: "x", count: NameCounts.lengthLimit)
        var counts = NameCounts()
        for name in [beginning + "a", beginning + String(repeating: "b", count: 1 << 20), beginning, "short"] {
            let memory = Array(name.utf8) + [UInt8](repeating: 0, count: 8)
            memory.withUnsafeBufferPointer { bytes in
                counts.add(UnsafeBufferPointer(rebasing: bytes[..<name.utf8.count]), bytes: 1)
            }
        }
        #expect(counts.top(9).map(\.name) == [beginning, "short"])
        #expect(counts.top(9).map(\.count) == [3, 1])
    }

    @Test("The most frequent error of very many comes first, in a file and in a pipe, and no line is left out")
    func manyErrors() throws {
        func line(_ message: String) -> String { #"{"level":"ERROR","message":"\#(message)","timestamp":""}"# }
        let rare = (0..<NameCounts.limit).map { line("error \($0)") }
        let lines = rare + Array(repeating: line("disk full"), count: 30_000) + (0..<20).map { line("late \($0)") }
        let file = try write(lines)
        let runs = [
            Run("stats", "--top", "3", file.path),
            try Run("stats", "--top", "3", pipe: lines.joined(separator: "\n")),
        ]
        for run in runs {
            let errors = run.output.split(separator: "\n").drop { $0 != "Errors" }.dropFirst()
            #expect(errors.first?.contains(" disk full ") == true, "\(run.output)")
            #expect(errors.first?.contains(" 30,000 ") == true)
            #expect(run.output.contains("  … and 9,997 more; --top N shows more\n"))
            #expect(run.output.contains("  … and 21 lines with other texts; the counts are minimums\n"))
        }
    }

    @Test("A text of more than two lines in 10,000 is in the table, whichever thread saw it and whatever else there is")
    func frequentNames() throws {
        var random = SplitMix(state: 21)
        for round in 0..<3 {
            // In one round, many texts have the same hash.
            let hashMask = round == 1 ? 0xFFF8 << 48 : UInt64.max
            var parts = [NameCounts(hashMask: hashMask), NameCounts(hashMask: hashMask)]
            var expected: [String: Int] = [:]
            let total = 120_000
            for index in 0..<total {
                // Rare names of three kinds: all new, repeated later, or repeated at once.
                let rare = [index, Int.random(in: 0..<60_000, using: &random), index / 2][round]
                let isFrequent = Int.random(in: 0..<10, using: &random) == 0
                let name = isFrequent ? "often \(Int.random(in: 0..<40, using: &random))" : "rare \(rare)"
                expected[name, default: 0] += 1
                let memory = Array(name.utf8) + [UInt8](repeating: 0, count: 8)
                memory.withUnsafeBufferPointer { bytes in
                    let name = UnsafeBufferPointer(rebasing: bytes[..<name.utf8.count])
                    parts[Int.random(in: 0..<2, using: &random)].add(name, bytes: 3)
                }
            }
            var sum = NameCounts(hashMask: hashMask)
            for part in parts { sum.add(part) }
            sum.keepMostFrequent()
            for counts in parts + [sum] {
                let all = counts.top(.max)
                #expect(all.count <= NameCounts.limit)
                #expect(Set(all.map(\.name)).count == all.count)
                #expect(all.allSatisfy { $0.bytes == 3 * $0.count && $0.count <= expected[$0.name, default: 0] })
            }
            let top = sum.top(.max)
            #expect(top.reduce(0) { $0 + $1.count } + sum.others == total)
            // Each thread's count may lack one of 10,000 lines of that thread.
            let counts = Dictionary(uniqueKeysWithValues: top.map { ($0.name, $0.count) })
            for (name, count) in expected where count > 2 * total / NameCounts.limit {
                #expect(counts[name, default: 0] >= count - total / NameCounts.limit, "\(name)")
            }
        }
    }

    @Test("Texts with one hash are told apart, also after one of them has left the table")
    func oneHash() throws {
        // With 13 bits, some texts have the same hash, and the hashes are far from each other.
        let mask: UInt64 = 0xFFF8 << 48
        var sameHash: [UInt64: [String]] = [:]
        var same: [String] = []
        var number = 0
        while same.count < 3 {
            let name = "same \(number)"
            let hash = Array(name.utf8).withUnsafeBufferPointer { NameCounts.hash($0) & mask }
            sameHash[hash, default: []].append(name)
            same = sameHash[hash] ?? []
            number += 1
        }
        var counts = NameCounts(hashMask: mask)
        func add(_ name: String, times: Int) {
            Array(name.utf8).withUnsafeBufferPointer { bytes in
                for _ in 0..<times { counts.add(bytes, bytes: 1) }
            }
        }
        add(same[0], times: 1)
        add(same[1], times: 5)
        add(same[2], times: 6)
        for number in 3..<NameCounts.limit { add("\(number)", times: 2) }
        add("new", times: 1)
        add(same[2], times: 1)
        add(same[1], times: 1)
        #expect(counts.top(3).map(\.name).prefix(2) == [same[2], same[1]])
        #expect(counts.top(3).map(\.count) == [7, 6, 2])
        #expect(counts.others == 1 && counts.count == NameCounts.limit)
    }

    @Test("Texts that are chosen to have one hash in a hash without a key have different hashes in the table")
    func chosenNames() {
        // The highest bit of a word changes two bits of the hash, and the next word changes them back.
        let zeros = [UInt8](repeating: 0, count: 16)
        let pair: [UInt8] = (0..<16).map { $0 == 7 || $0 == 11 || $0 == 15 ? 0x80 : 0 }
        let names = (0..<1024).map { number in
            (0..<10).flatMap { number >> $0 & 1 == 0 ? zeros : pair }
        }
        func hashes(_ hash: (UnsafeBufferPointer<UInt8>) -> UInt64) -> Int {
            Set(names.map { $0.withUnsafeBufferPointer(hash) }).count
        }
        #expect(hashes { IDForm.hash($0) } == 1)
        #expect(hashes(NameCounts.hash) == names.count)
    }

    @Test("The longest tasks of very many are kept, each run is counted, and long names take little memory")
    func manyTasks() throws {
        var parts = [SlowTasks(), SlowTasks()]
        let count = 5 * SlowTasks.limit
        for number in 0..<2 * count {
            // The second half of the runs has the names of the first half.
            let name = number % 500 == 0 ? "slow" : "task \(number % count)"
            parts[number % 2].add(name, failed: false, seconds: name == "slow" ? 1 : 0.001, trace: nil)
        }
        let long = String(repeating: "é", count: 1 << 20)
        parts[0].add(long, failed: true, seconds: 5000, trace: long)
        var sum = SlowTasks()
        for part in parts { sum.add(part) }
        #expect(sum.tasks.count < 2 * SlowTasks.limit)
        #expect(sum.tasks["slow"]?.count == 2 * count / 500)
        #expect(sum.tasks.values.reduce(0) { $0 + $1.count } + sum.others == 2 * count + 1)
        let longest = try #require(sum.tasks.max { $0.value.seconds < $1.value.seconds })
        #expect(long.hasPrefix(longest.key) && longest.key.utf8.count == NameCounts.lengthLimit)
        #expect(sum.slowest.allSatisfy { $0.name.utf8.count <= 256 && $0.trace.utf8.count <= 256 })
        #expect(sum.slowest.first?.seconds == 5000)
    }

    @Test("Different IDs are counted exactly up to 100,000, and above that with an error of a few percent")
    func distinct() {
        var random = SplitMix(state: 9)
        var one = DistinctCount()
        var other = DistinctCount()
        for _ in 0..<90_000 { one.add(random.next()) }
        #expect(one.value.count == 90_000 && one.value.isExact)
        for _ in 0..<400_000 { other.add(random.next()) }
        one.add(other)
        #expect(!one.value.isExact)
        #expect((465_000...515_000).contains(one.value.count), "\(one.value.count)")
    }

    @Test("Times are read and written without a loss")
    func timestamps() throws {
        var random = SplitMix(state: 2)
        for text in ["1970-01-01T00:00:00.000000Z", "2000-02-29T23:59:59.999999Z", "2199-12-31T00:00:00.000001Z"] {
            let time = try #require(Timestamp(text))
            #expect("\(time.date)T\(time.timeOfDay)Z" == text)
        }
        for _ in 0..<2000 {
            let time = Timestamp(nanoseconds: Int64.random(in: 0...7_258_118_399_999_999, using: &random) * 1000)
            #expect(Timestamp("\(time.date)T\(time.timeOfDay)Z") == time)
        }
        let known = try #require(Timestamp("2026-11-26T11:10:43.623865Z"))
        #expect(known.nanoseconds == 1_795_691_443_623_865_000)
    }
}
