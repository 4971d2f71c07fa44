import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("Reading files on several threads", .timeLimit(.minutes(10)))
struct ParallelScanTests {
    /// Remembers each line by its place.
    private final class Recorder: BlockVisitor {
        var lines: [(place: LinePlace, text: String, isUnfinished: Bool)] = []
        var tooLong: [LinePlace] = []

        func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
            if block.isTooLong {
                tooLong.append(place)
                return 1
            }
            var place = place
            let first = place.line
            block.forEachLine { line in
                let end = block.lineFeed(from: line)
                let text = String(decoding: UnsafeBufferPointer(start: line, count: end - line), as: UTF8.self)
                lines.append((place, text, block.isUnfinished && end + 1 == block.end))
                place.line += 1
                return end
            }
            return place.line - first
        }
    }

    private func write(_ text: String, _ name: String = "lines") throws -> TemporaryFile {
        let file = try TemporaryFile(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
        return file
    }

    @Test("Each line is read once, whole, and with its number, whatever its length", arguments: [1, 2, 5])
    func everyLineOnce(threads: Int) throws {
        var random = SplitMix(state: UInt64(threads))
        // Lines of a few bytes, and some that are longer than a part of the file.
        let lines = (0..<3000).map { number in
            let length = number % 700 == 3 ? 2_500_000 : Int.random(in: 0..<3000, using: &random)
            return "\(number):" + String(repeating: "x", count: length)
        }
        let file = try write(lines.joined(separator: "\n"))
        let scan = ParallelScan<Recorder>([try ScanInput(file.path)], progress: nil, threads: threads)
        let read = try scan.run { Recorder() }.flatMap(\.lines).sorted { $0.place < $1.place }
        #expect(read.map(\.text.count) == lines.map(\.count))
        #expect(read.map(\.text) == lines)
        #expect(read.map(\.isUnfinished).lastIndex(of: false) == lines.count - 2)
        #expect(read.last?.isUnfinished == true)
        for index in stride(from: 0, to: read.count, by: 97) {
            #expect(scan.lineNumber(of: read[index].place) == index + 1)
        }
    }

    /// Wants only the first block.
    private final class FirstBlock: BlockVisitor {
        var isDone = false

        func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
            isDone = true
            return 0
        }
    }

    @Test(
        "A file that claims a huge size is read like a pipe",
        .enabled(if: access("/dev/shm", W_OK) == 0, "no other file system holds a file of this size"),
        arguments: [1 << 44, 1 << 44 + 1, 1_000_000_000_000_000_000, Int.max]
    )
    func hugeSize(size: Int) throws {
        let path = "/dev/shm/ma-logger-\(UUID().uuidString)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        unlink(path)
        defer { close(descriptor) }
        try #require(ftruncate(descriptor, off_t(size)) == 0)
        let input = try ScanInput("/proc/self/fd/\(descriptor)")
        #expect(input.size == (size > 1 << 44 ? nil : size))
        #expect(input.segmentCount == (size > 1 << 44 ? 1 : 1 << 24))
        guard input.size == nil else { return input.close() }
        let visitors = try ParallelScan<FirstBlock>([input], progress: nil, threads: 2).run { FirstBlock() }
        #expect(visitors.map(\.isDone) == [true])
    }

    @Test("A line over the limit is reported, and the lines around it are read")
    func tooLong() throws {
        let long = String(repeating: "y", count: BlockBuffer.lineLimit + 3_000_000)
        let file = try write("one\ntwo\n\(long)\nthree\n")
        let scan = ParallelScan<Recorder>([try ScanInput(file.path)], progress: nil, threads: 3)
        let visitors = try scan.run { Recorder() }
        let read = visitors.flatMap(\.lines).sorted { $0.place < $1.place }
        #expect(read.map(\.text) == ["one", "two", "three"])
        #expect(visitors.flatMap(\.tooLong).map { scan.lineNumber(of: $0) } == [3])
        #expect(scan.lineNumber(of: read[2].place) == 4)
    }

    @Test("The limit of a line is the same in a file and in a pipe", arguments: ["", "\n", "\nthree\n"])
    func limit(end: String) throws {
        for length in [BlockBuffer.lineLimit - 1, BlockBuffer.lineLimit] {
            let filler = [UInt8](repeating: UInt8(ascii: "y"), count: length - 7)
            let text = "one\n" + #"{"":"\#(String(decoding: filler, as: UTF8.self))"}"# + end
            let file = try write(text)
            let isTooLong = length >= BlockBuffer.lineLimit
            for run in [Run("check", file.path), try Run("check", pipe: text)] {
                #expect(run.output.contains(":2: longer than 16 MiB") == isTooLong, "\(length) \(run.output)")
                #expect(run.output.contains(":2: a JSON object of no known schema") == !isTooLong, "\(length)")
                #expect(run.output.contains(":3: not a JSON object") == (end.count > 1))
            }
        }
    }

    @Test("A pipe is read like a file")
    func pipe() throws {
        let long = String(repeating: "y", count: BlockBuffer.lineLimit + 3_000_000)
        let file = try write("one\n\(String(repeating: "z", count: 3_000_000))\n\(long)\nthree\nfour")
        var reader = StreamReader(try System.open(file.path))
        defer { System.close(reader.descriptor) }
        var counts: [Int] = []
        var tooLong = 0
        func add(_ block: LineBlock) {
            if block.isTooLong {
                tooLong += 1
                return
            }
            block.forEachLine { line in
                let end = block.lineFeed(from: line)
                counts.append(end - line)
                return end
            }
        }
        while let block = reader.next() { add(block) }
        if let block = reader.rest() {
            #expect(block.isUnfinished)
            add(block)
        }
        #expect(counts == [3, 3_000_000, 5, 4])
        #expect(tooLong == 1)
    }

    @Test(
        "A missing file and a directory are errors that name them",
        arguments: [["check"], ["stats"], ["trace", Lines.trace], ["tail"], ["tail", "--follow"]]
    )
    func errors(verb: [String]) {
        let missing = Run(verb + ["/nowhere/x.log"])
        #expect(missing.errors == "malog: /nowhere/x.log: No such file or directory\n" && missing.status == 2)
        let directory = Run(verb + ["/tmp"])
        #expect(directory.errors == "malog: /tmp: is a directory; name the files in it\n" && directory.status == 2)
    }
}
