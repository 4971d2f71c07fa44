import Testing

@testable import ContextPropagation

@Suite("Texts without the space at their ends", .timeLimit(.minutes(10)))
struct TrimmingTests {
    @Test(
        "Blanks, tabs and carriage returns are removed at both ends, and nothing else",
        arguments: [
            ("", ""), (" \t\r ", ""), ("a", "a"), ("\t a b\r", "a b"), ("\na\n", "\na\n"), (" \u{301}a", "\u{301}a"),
            ("\u{A0}a", "\u{A0}a"),
        ]
    )
    func ends(_ pair: (text: String, rest: String)) {
        #expect(Array(String(trimming: pair.text.utf8).utf8) == Array(pair.rest.utf8))
    }

    @Test("A byte that is not UTF-8 becomes U+FFFD")
    func invalid() {
        #expect(String(trimming: [0x20, 0xFF, 0x20]) == "\u{FFFD}")
    }
}
