import Foundation
import TestSupport
import Testing

@testable import MALogger

/// A disk that accepts some bytes, is then full for a while, and interrupts writes.
private struct FaultyDisk {
    var random: SplitMix
    var bytes: [UInt8] = []
    var room = 0

    mutating func write(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
        if random.next() % 8 == 0 { return -1 - Int(EINTR) }
        if random.next() % 4 == 0 { room += Int(random.next() % 60) }
        let taken = min(count, room, 1 + Int(random.next() % 40))
        if taken == 0 { return -1 - Int(ENOSPC) }
        room -= taken
        bytes += UnsafeBufferPointer(start: start, count: taken)
        return taken
    }
}

@Suite("Lines on a disk that fills", .timeLimit(.minutes(10)))
struct LineStreamTests {
    @Test("A reader gets exactly the lines that were written without an error, and no empty line", arguments: 0..<500)
    func faultyDisk(seed: UInt64) {
        var disk = FaultyDisk(random: SplitMix(state: seed))
        var stream = LineStream()
        var written: [String] = []
        var lost = 0
        for number in 0..<200 {
            let line = "<\(number) \(String(repeating: "x", count: Int(disk.random.next() % 30)))>"
            let error = Array((line + "\n").utf8).withUnsafeBufferPointer { bytes in
                bytes.baseAddress.map { stream.append($0, bytes.count) { disk.write($0, $1) } } ?? EINVAL
            }
            if error == 0 { written.append(line) } else { lost += 1 }
        }
        let lines = String(decoding: disk.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { $0.hasPrefix("<") && $0.hasSuffix(">") }.map(String.init) == written)
        #expect(!lines.dropLast().contains(""))
        // The test means nothing if no line was cut off.
        #expect(lost > 0 && lines.contains { $0.hasPrefix("<") && !$0.hasSuffix(">") })
    }
}
