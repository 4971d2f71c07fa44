import Foundation
import TestSupport
import Testing

@testable import MALogger

/// A disk that accepts some bytes, is then full for a while, and interrupts writes.
private struct FaultyDisk {
    var random: SplitMix
    var bytes: [UInt8] = []
    var room = 0
    var calls: [[UInt8]] = []

    mutating func write(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
        if random.next() % 8 == 0 { return -1 - Int(EINTR) }
        if random.next() % 3 == 0 { room += Int(random.next() % 400) }
        let taken = min(count, room)
        if taken == 0 { return -1 - Int(ENOSPC) }
        room -= taken
        calls.append(Array(UnsafeBufferPointer(start: start, count: count)))
        bytes += UnsafeBufferPointer(start: start, count: taken)
        return taken
    }
}

@Suite("Batches of lines on a disk that fills", .timeLimit(.minutes(10)))
struct LineBatchTests {
    @Test("A reader gets exactly the lines that are not counted as lost, and no empty line", arguments: 0..<500)
    func faultyDisk(seed: UInt64) {
        var disk = FaultyDisk(random: SplitMix(state: seed))
        var stream = LineStream()
        var lost = 0
        var number = 0
        for _ in 0..<30 {
            var batch = ""
            for _ in 0...disk.random.next() % 20 {
                batch += "<\(number) \(String(repeating: "x", count: Int(disk.random.next() % 30)))>\n"
                number += 1
            }
            let result = write(batch, to: &disk, &stream)
            #expect((result.lost > 0) == (result.error != 0))
            lost += result.lost
        }
        let lines = String(decoding: disk.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let whole = lines.filter { $0.hasPrefix("<") && $0.hasSuffix(">") }
        let numbers = whole.compactMap { Int($0.dropFirst().prefix { $0 != " " }) }
        #expect(whole.count + lost == number)
        #expect(numbers == Set(numbers).sorted())
        #expect(!lines.dropLast().contains(""))
        // The test means nothing if no line was cut off.
        #expect(lost > 0 && lines.contains { $0.hasPrefix("<") && !$0.hasSuffix(">") })
    }

    @Test("A piece has whole lines up to its size, or one longer line", arguments: 0..<100)
    func pieces(seed: UInt64) {
        var disk = FaultyDisk(random: SplitMix(state: seed), room: .max / 2)
        var stream = LineStream()
        let lines = (0..<50).map { _ in String(repeating: "x", count: Int(disk.random.next() % 120)) + "\n" }
        let result = write(lines.joined(), to: &disk, &stream, pieceSize: 100)
        #expect(result == BatchResult())
        #expect(disk.calls.allSatisfy { $0.last == UInt8(ascii: "\n") })
        #expect(disk.calls.allSatisfy { $0.count <= 100 || $0.count(where: { $0 == UInt8(ascii: "\n") }) == 1 })
        #expect(String(decoding: disk.bytes, as: UTF8.self) == lines.joined())
    }

    @Test("The progress ends with the size of the batch, also when lines are lost")
    func progress() {
        var disk = FaultyDisk(random: SplitMix(state: 1))
        var stream = LineStream()
        let batch = Array("one\ntwo\nthree\n".utf8)
        var offsets: [Int] = []
        _ = batch.withUnsafeBufferPointer { bytes in
            stream.append(batch: bytes.baseAddress!, bytes.count, progress: { offsets.append($0) }) {
                disk.write($0, $1)
            }
        }
        #expect(offsets == offsets.sorted())
        #expect(offsets.last == batch.count)
    }

    private func write(
        _ batch: String,
        to disk: inout FaultyDisk,
        _ stream: inout LineStream,
        pieceSize: Int = .max
    ) -> BatchResult {
        Array(batch.utf8).withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return BatchResult(lost: -1) }
            return stream.append(batch: start, bytes.count, pieceSize: pieceSize) { disk.write($0, $1) }
        }
    }
}
