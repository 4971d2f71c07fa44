import ContextPropagation
import Foundation
import HeaderFuzz
import Testing

/// The findings of the fuzzer, tested again. `Tests/HeaderFuzz/fuzz` stores one input on each line.
@Suite("The fuzzer's corpus", .timeLimit(.minutes(10)))
struct FuzzCorpusTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("HeaderFuzz/Corpus")

    @Test(
        "Every list of headers from the fuzzer is read within the limits, and is sent on unchanged",
        arguments: HeaderFormat.allCases
    )
    func corpus(format: HeaderFormat) throws {
        let text = try String(contentsOf: Self.corpus.appendingPathComponent("\(format).txt"), encoding: .ascii)
        let lines = text.split(separator: "\n")
        #expect(lines.count >= 100)
        for line in lines {
            let input = try #require(Self.unescaped(line), "a line that is not escaped: \(line)")
            #expect(throws: Never.self, "\(line)") { try HeaderInvariants.check(input, as: format) }
        }
    }

    /// Returns the bytes that Python's `unicode_escape` has written as ASCII.
    private static func unescaped(_ line: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = line.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let byte = UInt8(String(Substring(rest.prefix(2))), radix: 16) else { return nil }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return bytes
    }
}
