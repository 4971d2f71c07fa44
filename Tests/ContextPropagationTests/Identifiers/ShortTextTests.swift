import ContextPropagation
import Testing

@Suite("A text that is stored in place", .timeLimit(.minutes(10)))
struct ShortTextTests {
    private static let texts =
        [0, 1, 15, 16, 22, 36, 38, 39, 40, 41, 256].map { count in
            String((0..<count).map { Character(UnicodeScalar(UInt8(ascii: "a") + UInt8($0 % 26))) })
        } + ["\u{E9}", "e\u{301}", String(repeating: "\u{5D0}", count: 19), String(repeating: "\u{5D0}", count: 20)]

    @Test("Every length comes back with the same bytes", arguments: texts)
    func bytes(_ text: String) {
        let short = ShortText(text)
        #expect(short.isEmpty == text.isEmpty)
        #expect(short.withUTF8 { Array($0) } == Array(text.utf8))
        #expect(short.text.map { Array($0.utf8) } == (text.isEmpty ? nil : Array(text.utf8)))
    }

    @Test("Texts are equal if their bytes are equal, in place or not")
    func equality() {
        for (index, one) in Self.texts.enumerated() {
            for (otherIndex, other) in Self.texts.enumerated() {
                #expect((ShortText(one) == ShortText(other)) == (index == otherIndex))
            }
        }
    }

    @Test("The execution of a record comes from its headers in any length, and goes into the next message")
    func roundTrip() {
        for text in Self.texts.dropFirst() {
            var headers: [HeaderField] = []
            HeaderCodecs().inject(LogContext(traceID: .random(), executionID: text), into: &headers)
            let context = HeaderCodecs().extract(from: headers).receivingContext()
            #expect(context.executionID.map { Array($0.utf8) } == Array(text.utf8))
            var copies: [HeaderField] = []
            HeaderCodecs().inject(context, into: &copies)
            #expect(copies.last == headers.last && copies.last?.text == text)
        }
    }
}
