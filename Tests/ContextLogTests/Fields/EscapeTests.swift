import ContextLog
import ContextPropagation
import Foundation
import TestSupport
import Testing

@Suite("Escapes in texts", .timeLimit(.minutes(10)))
struct EscapeTests {
    /// Escapes a text by the rules of log-line.md, one scalar at a time.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                result += String(format: "\\u%04x", scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let line = json { $0.s = text }
        let expected = "{\"s\":\"\(Self.escaped(text))\"}"
        #expect(line.utf8.elementsEqual(expected.utf8), "\(line)", sourceLocation: sourceLocation)
    }

    @Test("Each character below U+0300 and around U+2028 is escaped or written unchanged, at each position in a word")
    func scalars() throws {
        for value in Array(0..<0x300) + Array(0x2000..<0x2040) + [0xFEFF, 0xFFFD, 0xFFFF, 0x1F6A2, 0x10FFFF] {
            let scalar = try #require(Unicode.Scalar(UInt32(value)))
            for length in 0...9 {
                let before = String(repeating: "x", count: length)
                expect(before + String(scalar))
                expect(before + String(scalar) + "y")
                expect(String(scalar) + before)
            }
            expect("0123456789" + String(scalar) + "0123456789" + String(scalar))
        }
    }

    @Test("Hebrew, emoji and combining letters are written unchanged")
    func letters() {
        let text = "שלום 🚢👩‍👩‍👧 e\u{301} ÿ 漢字"
        #expect(json { $0.s = text } == "{\"s\":\"\(text)\"}")
    }

    @Test("Bytes that are not UTF-8 become U+FFFD")
    func loneBytes() {
        let cases: [[UInt8]] = [
            [0xFF], [0xC2], [0xE2, 0x80], [0x80], [0xED, 0xA0, 0x80], [0x61, 0xC2, 0x62], [0xC0, 0x80],
        ]
        for bytes in cases {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.unicodeScalars.contains("\u{FFFD}"))
            expect(text)
        }
    }

    @Test("Random texts are escaped correctly at every length, across the pieces of a long text")
    func random() {
        let pieces = [
            "a", "bcdefgh", "\"", "\\", "\u{1B}[31m", "\n", "\u{85}", "\u{A0}", "é", "\u{2028}", "\u{2027}", "\u{2030}",
            "🚢",
        ]
        for length in (0..<60).map({ $0 * 3 }) + [1000, 1020, 1021, 1022, 1023, 1024, 1025, 3000] {
            for _ in 0..<6 {
                expect((0..<length).compactMap { _ in pieces.randomElement() }.joined())
            }
        }
        for shift in 0..<8 {
            expect(String(repeating: "x", count: 1016 + shift) + String(repeating: "\u{2028}\u{9B}", count: 700))
        }
    }

    @Test("A text of a megabyte is complete, with or without escapes")
    func huge() {
        expect(String(repeating: "plain text, ", count: 90_000))
        expect(String(repeating: "\u{0}\u{2029}", count: 300_000))
    }
}
