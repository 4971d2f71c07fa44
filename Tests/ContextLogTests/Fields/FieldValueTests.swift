import ContextLog
import ContextPropagation
import TestSupport
import Testing

@Suite("Reading JSON back", .timeLimit(.minutes(10)))
struct FieldValueTests {
    @Test(
        "JSON is read, with white space where JSON allows it",
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), (" 12 ", .integer(12)), ("1.5e3", .double(1500)),
            ("1E+2", .double(100)), ("-1e-2", .double(-0.01)), ("1e999", .double(.infinity)),
            ("123456789012345678901234567890", .bigInteger("123456789012345678901234567890")),
            ("[ ]", .array([])), ("{ }", .object([])), ("[1 , 2]", .array([.integer(1), .integer(2)])),
            (#"{ "a" : null }"#, .object([.init(name: "a", value: .null)])),
            (#""\u00e9\ud83d\udea2\/\b\f""#, .string("é🚢/\u{8}\u{C}")), (#""\ud83d""#, .string("\u{FFFD}")),
            (#""\ud83d\u0041""#, .string("\u{FFFD}A")), (#""\udea2x""#, .string("\u{FFFD}x")),
        ] as [(String, LogFieldValue)]
    )
    func good(text: String, value: LogFieldValue) {
        #expect(parsed(text) == value)
    }

    @Test(
        "A text that is not JSON gives nil",
        arguments: [
            "", " ", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "Infinity", "NaN", "tru", "nul", "'a'", "\"a",
            "\"\n\"",
            #""\x""#, #""\u12g4""#, "[", "[1", "[1,]", "[,1]", "[1 2]", "{", "{a:1}", #"{"a"}"#, #"{"a":}"#,
            #"{"a":1,}"#,
            #"{"a":1"#, "1 2", "[]]", "}",
        ]
    )
    func bad(text: String) {
        #expect(parsed(text) == nil)
    }

    @Test("JSON of more than 128 levels gives nil, so that no text can exhaust the stack")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(parsed(nested(128)) != nil)
        #expect(parsed(nested(129)) == nil)
        #expect(parsed(String(repeating: "[", count: 1_000_000)) == nil)
    }

    @Test("A description is JSON that reads back as the same value")
    func description() {
        let value = LogFieldValue.object([
            .init(
                name: "a\"b",
                value: .array([.null, .bool(true), .integer(-1), .double(0.1), .bigInteger("99999999999999999999")])
            ),
            .init(name: "", value: .object([.init(name: "x", value: .string("\u{0}\u{2028}🚢"))])),
        ])
        #expect(parsed(value.description) == value)
        #expect(value.description == #"{"a\"b":[null,true,-1,0.1,99999999999999999999],"":{"x":"\u0000\u2028🚢"}}"#)
        #expect(LogFieldValue.double(.nan).description == #""NaN""#)
    }

    @Test("A member is found by its name; of two members with one name, the last one is found")
    func members() {
        #expect(parsed(#"{"a":1,"b":2,"a":3}"#)?["a"] == .integer(3))
        #expect(parsed(#"{"a":1}"#)?["b"] == nil)
        #expect(parsed("[1]")?["a"] == nil)
    }
}
