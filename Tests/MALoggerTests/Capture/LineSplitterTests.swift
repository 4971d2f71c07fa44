import TestSupport
import Testing

@testable import MALogger

@Suite("The lines in the text of a captured stream", .timeLimit(.minutes(10)))
struct LineSplitterTests {
    private struct Piece: Equatable {
        var text: [UInt8]
        var continues: Bool
    }

    /// The lines of a whole text, found without a splitter.
    private static func lines(of text: [UInt8], limit: Int) -> [Piece] {
        text.split(separator: UInt8(ascii: "\n")).flatMap { line -> [Piece] in
            var rest = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            var pieces: [Piece] = []
            while rest.count > limit {
                let end = rest.startIndex + limit
                let cut = (0...3).map { end - $0 }.first { rest[$0] & 0xC0 != 0x80 } ?? end
                pieces.append(Piece(text: Array(rest[..<cut]), continues: true))
                rest = rest[cut...]
            }
            if !rest.isEmpty { pieces.append(Piece(text: Array(rest), continues: false)) }
            return pieces
        }
    }

    /// The lines that a splitter finds if the text comes in parts of these sizes.
    private static func split(_ text: [UInt8], limit: Int, sizes: () -> Int) -> [Piece] {
        var splitter = LineSplitter(limit: limit)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: splitter.capacity)
        defer { memory.deallocate() }
        var found: [Piece] = []
        func take(isLast: Bool) {
            while let line = splitter.next(in: memory, isLast: isLast) {
                let text = UnsafeBufferPointer(start: memory + line.range.lowerBound, count: line.range.count)
                found.append(Piece(text: Array(text), continues: line.continues))
            }
        }
        var rest = text[...]
        while !rest.isEmpty {
            if let moved = splitter.takeMove() {
                memory.update(from: memory + moved.lowerBound, count: moved.count)
            }
            #expect(!splitter.room.isEmpty && splitter.room.upperBound <= splitter.capacity)
            let count = min(max(sizes(), 1), splitter.room.count, rest.count)
            for (index, byte) in rest.prefix(count).enumerated() { memory[splitter.room.lowerBound + index] = byte }
            rest = rest.dropFirst(count)
            splitter.add(count)
            take(isLast: false)
        }
        take(isLast: true)
        #expect(splitter.unread.isEmpty)
        return found
    }

    @Test(
        "However the text arrives, each line comes once, in order, in pieces that cut no character",
        arguments: 0..<300
    )
    func anyText(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        let limit = Int.random(in: 8...20, using: &random)
        let alphabet: [[UInt8]] = ["\n", "\r\n", "\r", "a", "bcd", "é", "שלום", "🎥", "\u{0}"].map { Array($0.utf8) }
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0...120, using: &random) {
            if Int.random(in: 0..<30, using: &random) == 0 {
                text.append(UInt8.random(in: 0x80...0xFF, using: &random))
            } else {
                text += alphabet.randomElement(using: &random) ?? []
            }
        }
        let found = Self.split(text, limit: limit) { Int.random(in: 1...30, using: &random) }
        #expect(found == Self.lines(of: text, limit: limit))
        #expect(found.allSatisfy { !$0.text.isEmpty && $0.text.count <= limit })
    }

    @Test("No byte but line ends and empty lines is lost, and whole characters stay whole")
    func whole() {
        let text = String(repeating: "החתול 🎥 ", count: 40)
        let found = Self.split(Array((text + "\n\n" + text).utf8), limit: 32) { 7 }
        #expect(found.flatMap(\.text) == Array((text + text).utf8))
        #expect(found.allSatisfy { String(validating: $0.text, as: UTF8.self) != nil })
        #expect(found.filter { !$0.continues }.count == 2)
    }

    @Test("A line of exactly the limit is one line, with either line end", arguments: ["\n", "\r\n"])
    func exactLimit(end: String) {
        let text = String(repeating: "x", count: 16)
        let found = Self.split(Array((text + end + "y").utf8), limit: 16) { 1 }
        #expect(found == [Piece(text: Array(text.utf8), continues: false), Piece(text: [0x79], continues: false)])
    }
}

@Suite("LOG_CAPTURE", .timeLimit(.minutes(10)))
struct CaptureSettingsTests {
    @Test("The streams may stand in any case and order, with blanks")
    func streams() {
        let settings = LogSettings(["LOG_CAPTURE": " STDERR , stdout"])
        #expect(settings.capture.streams == [.stdout, .stderr] && settings.problems.isEmpty)
        #expect(LogSettings(["LOG_CAPTURE": "stderr"]).capture.streams == [.stderr])
        #expect(LogSettings([:]).capture.streams.isEmpty && LogSettings(["LOG_CAPTURE": ""]).problems.isEmpty)
    }

    @Test("One sentence names the variable, the value, the fault and the choices; the other streams are captured")
    func badValue() {
        let settings = LogSettings(["LOG_CAPTURE": "stdout,console,2"])
        #expect(settings.capture.streams == [.stdout])
        #expect(
            settings.problems == [
                "LOG_CAPTURE is \"stdout,console,2\", and has \"console\" and \"2\", which is not a standard stream; "
                    + "stdout is captured. Choices: stdout, stderr"
            ]
        )
        #expect(
            LogSettings(["LOG_CAPTURE": ","]).problems.first?.contains("names no stream; nothing is captured") == true
        )
    }
}
