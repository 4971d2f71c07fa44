import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("The line reader", .timeLimit(.minutes(10)))
struct LineReaderTests {
    /// Reads a line that ends just before memory that cannot be read. Returns the fault.
    private func fault(of line: [UInt8], in memory: GuardedMemory? = nil) -> LineFault? {
        let memory = memory ?? GuardedMemory(capacity: line.count)
        var reader = LineReader()
        let start = memory.place(line)
        do throws(LineFault) {
            let end = try reader.read(start)
            #expect(end - start == line.count)
            return nil
        } catch {
            #expect((0...line.count).contains(error.offset))
            return error
        }
    }

    private func kind(of text: String) -> LineFault.Kind? { fault(of: Array(text.utf8))?.kind }

    @Test("A line of each schema is read, with its IDs")
    func schemas() {
        for (schema, line) in Lines.allSchemas {
            var reader = LineReader()
            let memory = GuardedMemory(capacity: 4096)
            #expect(throws: Never.self) { try reader.read(memory.place(Array(line.utf8))) }
            #expect(reader.schema == schema)
            if schema == .spans { continue }
            let ids = LineIDs(reader)
            #expect(ids.traceText == Lines.trace, "\(schema)")
            #expect(ids.spanText == Lines.span, "\(schema)")
            #expect(ids.execution.map { String(decoding: $0, as: UTF8.self) } == "4LRT2TBc", "\(schema)")
            #expect(ids.task.map { String(decoding: $0, as: UTF8.self) } == "camera-1", "\(schema)")
            #expect(reader.text(.message) == "frame captured")
            #expect(reader.service == "video-worker")
            #expect(reader.text(schema.loggerKey) == "pipeline.camera")
        }
    }

    @Test("A line that ends anywhere inside its object has a fault")
    func torn() {
        let memory = GuardedMemory(capacity: 4096)
        for (_, line) in Lines.allSchemas {
            let bytes = Array(line.utf8)
            for count in 0..<bytes.count {
                let kind = fault(of: Array(bytes.prefix(count)), in: memory)?.kind
                #expect(kind == (count == 0 ? .notAnObject : .torn), "\(count) bytes of \(line)")
            }
        }
    }

    @Test("Texts with escapes, emoji and surrogates are decoded")
    func decoding() throws {
        var reader = LineReader()
        let text = #"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 שלום 😀"#
        let memory = GuardedMemory(capacity: 4096)
        _ = try reader.read(memory.place(Array(Lines.otel(message: text).utf8)))
        #expect(reader.text(.message) == "a\"\\/\u{8}\u{C}\n\r\té😀 שלום 😀")
    }

    @Test(
        "Texts that are not JSON have the fault that they show",
        arguments: [
            ("hello", .notAnObject), ("[1]", .notAnObject), ("", .notAnObject), (#"{"a":1} x"#, .trailingBytes),
            (#"{"a":1}{"a":1}"#, .trailingBytes), (#"{"a":01}"#, .badJSON), (#"{"a":1.}"#, .badNumber),
            (#"{"a":-}"#, .badNumber), (#"{"a":1e}"#, .badNumber), (#"{"a":tru}"#, .badJSON), (#"{a:1}"#, .badJSON),
            (#"{"a":1,}"#, .badJSON), (#"{"a":[1,]}"#, .badJSON), (#"{"a":{"b":1]}"#, .badJSON),
            (#"{"a":"\x"}"#, .badEscape), (#"{"a":"\u12g4"}"#, .badEscape), (#"{"a":"\ud800"}"#, .badEscape),
            (#"{"a":"\udc00\ud800"}"#, .badEscape), ("{\"a\":\"\u{0}\"}", .controlCharacter),
            ("{\"a\":\"\t\"}", .controlCharacter), (#"{"a":{"b":1,"b":2}}"#, .duplicateKey),
            (#"{"level":"INFO","level":"INFO"}"#, .duplicateKey), (#"{"a":{"b":{},"b":[]}}"#, .duplicateKey),
        ] as [(String, LineFault.Kind)]
    )
    func faults(_ text: String, _ expected: LineFault.Kind) {
        #expect(kind(of: text) == expected)
    }

    @Test("Objects may have equal names if they are not the same object")
    func namesOfOtherObjects() {
        #expect(kind(of: #"{"a":{"x":{"y":1},"y":{"x":1}},"b":[{"x":1},{"x":2}]}"#) == nil)
        #expect(kind(of: #"{"a":{},"b":[],"c":[[],{}],"d":{"e":{}}}"#) == nil)
    }

    @Test("Bytes that are not UTF-8 are a fault")
    func invalidUTF8() {
        let sequences: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ]
        for bytes in sequences {
            let line = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(fault(of: line)?.kind == .invalidUTF8, "\(bytes)")
        }
    }

    @Test("Deep nesting is a fault and takes no stack")
    func depth() {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(kind(of: nested(128)) == nil)
        #expect(kind(of: nested(129)) == .tooDeep)
        #expect(kind(of: nested(1_000_000)) == .tooDeep)
        #expect(kind(of: #"{"a":"# + String(repeating: #"{"a":"#, count: 100_000)) == .tooDeep)
    }

    @Test("Two equal names among many are found without comparing each with each")
    func manyNames() {
        let members = (0..<20_000).map { #""name\#($0)":1"# }
        #expect(kind(of: #"{"a":{\#(members.joined(separator: ","))}}"#) == nil)
        let more = members + [#""name7":2"#]
        #expect(kind(of: #"{"a":{\#(more.joined(separator: ","))}}"#) == .duplicateKey)
    }

    @Test("Random texts are read as Foundation reads them, and never past their end")
    func property() {
        var random = SplitMix(state: 7)
        let memory = GuardedMemory(capacity: 1 << 16)
        var accepted = 0
        for _ in 0..<6000 {
            var line = Array("{\"k\":\(Self.value(depth: 0, &random))}".utf8)
            let edits = Int.random(in: 0...2, using: &random)
            for _ in 0..<edits where line.count > 5 {
                let place = Int.random(in: 4..<line.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line.remove(at: place)
                case 1: line[place] = Self.bytes.randomElement(using: &random)!
                default: line.insert(Self.bytes.randomElement(using: &random)!, at: place)
                }
            }
            let isValid = fault(of: line, in: memory).map { $0.kind == .duplicateKey } ?? true
            let isFoundations = (try? JSONSerialization.jsonObject(with: Data(line))) is [String: Any]
            // Foundation accepts a comma before the last brace.
            let hasComma = line.dropLast().last { $0 != UInt8(ascii: " ") } == UInt8(ascii: ",")
            #expect(isValid == (isFoundations && !hasComma), "\(String(decoding: line, as: UTF8.self))")
            if isValid { accepted += 1 }
        }
        // The test must see both sides.
        #expect((1000...5500).contains(accepted))
    }

    private static let bytes: [UInt8] =
        Array("{}[]\",:\\u0123456789abtrflsne-+.eE ".utf8) + [0x01, 0x1F, 0x7F, 0x80, 0xC3, 0xA9]

    private static func value(depth: Int, _ random: inout SplitMix) -> String {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &random) {
        case 0: return "\(Int.random(in: -1000...1000, using: &random))"
        case 1: return ["0", "-0", "1.5", "2e3", "1E-2", "0.25e+1"].randomElement(using: &random)!
        case 2: return ["true", "false", "null"].randomElement(using: &random)!
        case 3, 4:
            let parts = ["a", "é", "😀", "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "0123456789abcdef", " ", "/"]
            let count = Int.random(in: 0..<6, using: &random)
            return "\"" + (0..<count).map { _ in parts.randomElement(using: &random)! }.joined() + "\""
        case 5, 6:
            let count = Int.random(in: 0..<4, using: &random)
            let members = (0..<count).map { "\"k\($0)\": \(value(depth: depth + 1, &random))" }
            return "{" + members.joined(separator: ",") + "}"
        default:
            let count = Int.random(in: 0..<4, using: &random)
            return "[" + (0..<count).map { _ in value(depth: depth + 1, &random) }.joined(separator: " , ") + "]"
        }
    }
}
