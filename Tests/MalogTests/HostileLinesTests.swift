import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("Hostile lines", .timeLimit(.minutes(10)))
struct HostileLinesTests {
    private static let bytes =
        Array("{}[]\",:\\u0019eE.-N/A\n ".utf8) + [0x00, 0x01, 0x1B, 0x7F, 0x80, 0xC3, 0xE2, 0xF0, 0xFF]

    /// Lines of all schemas with a few bytes changed, removed, repeated or exchanged between lines.
    private func mutated(_ random: inout SplitMix) -> [UInt8] {
        let lines = Lines.allSchemas.map { Array($0.line.utf8) } + [Array(Lines.otel(message: "Task x failed").utf8)]
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            var line = lines.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...4, using: &random) where line.count > 2 {
                let place = Int.random(in: 0..<line.count, using: &random)
                let length = Int.random(in: 1...min(20, line.count - place), using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: line[place] = Self.bytes.randomElement(using: &random)!
                case 1: line.removeSubrange(place..<place + length)
                case 2: line.insert(contentsOf: line[place..<place + length], at: place)
                case 3:
                    let other = lines.randomElement(using: &random)!
                    let start = Int.random(in: 0..<other.count, using: &random)
                    line.replaceSubrange(place..<place + length, with: other[start..<min(start + length, other.count)])
                default:
                    // Digits become other numbers, also very large ones.
                    if (0x30...0x39).contains(line[place]) {
                        line.replaceSubrange(place...place, with: Array("99999999999999999999".utf8.prefix(length)))
                    }
                }
            }
            text += line + [0x0A]
        }
        return Array(text.dropLast())
    }

    @Test("Every verb reads any bytes to their end, and each line is counted once")
    func property() {
        var random = SplitMix(state: 23)
        let memory = GuardedMemory(capacity: 1 << 16)
        let place = LinePlace(input: 0, segment: 0, line: 0)
        for round in 0..<3000 {
            let text = mutated(&random)
            let block = LineBlock(start: memory.place(text), count: text.count + 1)
            let count = text.count { $0 == 0x0A } + 1

            let check = CheckVisitor(CheckOptions(), SpanTable.shared)
            #expect(check.visit(block, place) == count)
            let counts = check.counts
            #expect(counts.lines == count)
            #expect(counts.schemas.total + counts.faults.total + counts.kestra + counts.foreign == count)

            let stats = StatsVisitor()
            #expect(stats.visit(block, place) == count)
            #expect(stats.counts.schemas.total + stats.counts.unreadable == count)

            var output = Output(descriptor: nil)
            var printer = TailPrinter(TailOptions(), style: TextStyle(usesColor: false))
            #expect(printer.print(block, of: "x", from: 1, to: &output) == count)
            #expect(!output.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F })

            if round % 10 == 0 { draw(block, place) }
        }
    }

    private func draw(_ block: LineBlock, _ place: LinePlace) {
        // The needle of a query is one way to find lines, and a query without a needle is the other one.
        for id in [Lines.trace, "0"] {
            let visitor = TraceVisitor(TraceQuery(id: id), TraceLimit())
            _ = visitor.visit(block, place)
            let tree = TraceTree(lines: visitor.lines, spans: visitor.spans)
            #expect(tree.nodes.count <= visitor.lines.count + visitor.spans.count)
            if tree.nodes.isEmpty { continue }
            let style = TextStyle(usesColor: false)
            #expect(!TerminalWaterfall(tree, width: 100, style: style).text(showsLines: true).isEmpty)
            #expect(HTMLWaterfall(tree).text().hasSuffix("</html>\n"))
            #expect(SVGWaterfall(tree).text().hasSuffix("</svg>\n"))
        }
    }
}

extension SpanTable {
    /// One table for all rounds, because making one takes longer than a round.
    fileprivate static let shared = SpanTable()
}
