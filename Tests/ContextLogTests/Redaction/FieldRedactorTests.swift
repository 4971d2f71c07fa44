import TestSupport
import Testing

@testable import ContextLog

@Suite("Redaction of fields", .timeLimit(.minutes(10)))
struct FieldRedactorTests {
    private func redacted(_ rules: String, _ json: String) throws -> String {
        let redactor = try #require(FieldRedactor(rules))
        var bytes = ByteWriter(capacity: 8)
        bytes.append("before")
        bytes.append(utf8: json)
        redactor.redact(&bytes, from: 6)
        let text = String(decoding: bytes.array(), as: UTF8.self)
        #expect(text.hasPrefix("before"))
        return String(text.dropFirst(6))
    }

    @Test(
        "A rule covers every field whose path ends with it, and everything inside such a field",
        arguments: [
            ("card", #"{"card":1,"b":2}"#, #"{"card":"[redacted]","b":2}"#),
            (
                "card", #"{"a":{"card":{"x":[1]}},"b":[{"card":null}]}"#,
                #"{"a":{"card":"[redacted]"},"b":[{"card":"[redacted]"}]}"#
            ),
            ("card", #"{"cards":1,"a_card":2,"card2":3}"#, #"{"cards":1,"a_card":2,"card2":3}"#),
            (
                "card", #"{"card.number":1,"x.card":2,"x.card.y":3}"#,
                #"{"card.number":"[redacted]","x.card":"[redacted]","x.card.y":"[redacted]"}"#
            ),
            (
                "AUTHORIZATION", #"{"http.request.header.Authorization":"a"}"#,
                #"{"http.request.header.Authorization":"[redacted]"}"#
            ),
            (
                "user.password", #"{"password":1,"user":{"password":2},"x":{"user.password":3}}"#,
                #"{"password":1,"user":{"password":"[redacted]"},"x":{"user.password":"[redacted]"}}"#
            ),
            ("*.password", #"{"password":1,"a":{"password":2}}"#, #"{"password":1,"a":{"password":"[redacted]"}}"#),
            (
                "a.*.c", #"{"a":{"b":{"c":1},"c":2},"a.x.c":3}"#,
                #"{"a":{"b":{"c":"[redacted]"},"c":2},"a.x.c":"[redacted]"}"#
            ),
            (
                "*_token,pass*", #"{"access_token":1,"token":2,"passphrase":3,"_token":4}"#,
                #"{"access_token":"[redacted]","token":2,"passphrase":"[redacted]","_token":"[redacted]"}"#
            ),
            ("*", #"{"a":1,"b":{"c":2}}"#, #"{"a":"[redacted]","b":"[redacted]"}"#),
            (
                " card , pin ", #"{"card":1,"pin":"a,}]\"","x":"card"}"#,
                #"{"card":"[redacted]","pin":"[redacted]","x":"card"}"#
            ),
            (#"a"b"#, #"{"a\"b":1,"a":2}"#, #"{"a\"b":"[redacted]","a":2}"#),
            ("סוד", #"{"סוד":"a","x":"סוד"}"#, #"{"סוד":"[redacted]","x":"סוד"}"#),
            (
                "a*b*c", #"{"axxbyybzzc":1,"abcx":2,"abc":3}"#,
                #"{"axxbyybzzc":"[redacted]","abcx":2,"abc":"[redacted]"}"#
            ),
            ("x", "{}", "{}"),
            ("x", #"{"a":[],"b":{},"c":[[{"x":1}]]}"#, #"{"a":[],"b":{},"c":[[{"x":"[redacted]"}]]}"#),
        ]
    )
    func rules(rules: String, json: String, expected: String) throws {
        #expect(try redacted(rules, json) == expected)
        #expect(try redacted(rules, expected) == expected)
        #expect(parsed(expected) != nil)
    }

    @Test("No secret is left in random objects, every other value stays, and the text is JSON")
    func random() throws {
        var random = SplitMix(state: 5)
        let names = ["card", "a", "b", "user", "Card", "a.card", "c\"ard", "cards", "x.y"]
        /// Writes an object, and returns the values that must stay.
        func object(_ depth: Int, _ isSecret: Bool, _ fields: inout LogFields) -> [String] {
            var kept: [String] = []
            for name in names.shuffled(using: &random).prefix(4) {
                let isHidden = isSecret || name.lowercased().split(separator: ".").contains("card")
                switch random.next() % (depth < 4 ? 4 : 2) {
                case 0, 1:
                    let text = (isHidden ? "secret" : "kept") + "\(random.next()),}]\"\\"
                    fields[name] = text
                    if !isHidden { kept.append(text) }
                case 2:
                    var inner: [String] = []
                    fields[name] = Nested { inner = object(depth + 1, isHidden, &$0) }
                    kept += inner
                default:
                    var inner: [String] = []
                    fields[name] = [Nested { inner = object(depth + 1, isHidden, &$0) }]
                    kept += inner
                }
            }
            return kept
        }
        for _ in 0..<200 {
            var kept: [String] = []
            let before = json { kept = object(0, false, &$0) }
            let after = try redacted("card", before)
            #expect(!after.contains("secret"), "\(before)")
            let value = try #require(parsed(after))
            #expect(strings(value).filter { $0 != "[redacted]" } == kept)
        }
    }

    private func strings(_ value: LogFieldValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(strings)
        case .object(let members): members.flatMap { strings($0.value) }
        default: []
        }
    }

    private struct Nested: LogValue {
        let body: (inout LogFields) -> Void

        init(_ body: @escaping (inout LogFields) -> Void) { self.body = body }

        func write(to field: borrowing LogField) { field.object(body) }
    }

    @Test("A text without a rule redacts nothing, and an entry with an empty part is reported and still used")
    func malformed() throws {
        #expect(FieldRedactor("") == nil && FieldRedactor(" , ") == nil)
        #expect(FieldRedactor("card,a.b")?.malformed == [])
        let redactor = try #require(FieldRedactor("card.,..,a..b"))
        #expect(redactor.malformed == ["card.", "..", "a..b"])
        #expect(
            try redacted("card.,..,a..b", #"{"card":1,"a.b":2,"c":3}"#)
                == #"{"card":"[redacted]","a.b":"[redacted]","c":3}"#
        )
    }
}
