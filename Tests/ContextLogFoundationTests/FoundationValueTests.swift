import ContextLog
import ContextLogFoundation
import Foundation
import TestSupport
import Testing

@Suite("Foundation's values as fields", .timeLimit(.minutes(10)))
struct FoundationValueTests {
    @Test("A UUID is written in lower case, and a reader gets the same UUID")
    func uuids() throws {
        let id = try #require(UUID(uuidString: "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"))
        #expect(json { $0.id = id } == #"{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}"#)
        for _ in 0..<200 {
            let id = UUID()
            #expect(json { $0.id = id } == #"{"id":"\#(id.uuidString.lowercased())"}"#)
        }
    }

    @Test(
        "A Date is written in UTC with six fraction digits",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_795_333_800.123456, "2026-11-22T07:50:00.123456Z"),
            (-0.5, "1969-12-31T23:59:59.500000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (-62_167_219_200, "0000-01-01T00:00:00.000000Z"), (253_402_300_799, "9999-12-31T23:59:59.000000Z"),
            (0.999_999_9, "1970-01-01T00:00:01.000000Z"), (253_402_300_800, "253402300800.0"),
            (-1e20, "-1e+20"), (.nan, "nan"), (.infinity, "inf"),
        ] as [(Double, String)]
    )
    func dates(seconds: Double, text: String) {
        #expect(json { $0.at = Date(timeIntervalSince1970: seconds) } == #"{"at":"\#(text)"}"#)
    }

    @Test("The text of a Date reads back as the same microsecond")
    func datesReadBack() throws {
        var random = SplitMix(state: 13)
        for _ in 0..<300 {
            let micros = Int(random.next() % 4_000_000_000_000_000) - 1_000_000_000_000_000
            let date = Date(timeIntervalSince1970: Double(micros) / 1e6)
            guard case .string(let text)? = parsed(json { $0.at = date })?["at"] else {
                Issue.record("no text for \(micros)")
                continue
            }
            let read = try Date(text, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
            #expect(abs(read.timeIntervalSince(date)) < 0.001, "\(text)")
            #expect(
                text.dropFirst(20).dropLast()
                    == String(String(1_000_000 + (micros % 1_000_000 + 1_000_000) % 1_000_000).dropFirst())
            )
        }
    }

    @Test(
        "A URL is written without its user and its password",
        arguments: [
            ("https://example.com/a%20b?c=d#e", "https://example.com/a%20b?c=d#e"),
            ("https://ana:hunter2@example.com:8443/a@b", "https://REDACTED:REDACTED@example.com:8443/a@b"),
            ("kafka://ana@example.com", "kafka://REDACTED@example.com"),
            ("mailto:ana@example.com", "mailto:ana@example.com"),
            ("https://example.com?mail=ana:b@c", "https://example.com?mail=ana:b@c"), ("/a/b", "/a/b"),
            ("a:b@c", "a:b@c"),
            ("//ana:hunter2@example.com/a", "//REDACTED:REDACTED@example.com/a"),
            ("file:///tmp/a@b", "file:///tmp/a@b"), ("a:/b@c", "a:/b@c"), ("a:", "a:"),
            ("jdbc:postgresql://ana:hunter2@example.com/a", "jdbc:postgresql://REDACTED:REDACTED@example.com/a"),
        ]
    )
    func urls(text: String, written: String) throws {
        let url = try #require(URL(string: text))
        #expect(parsed(json { $0.url = url })?["url"] == .string(written))
    }

    @Test("A relative URL is resolved")
    func relative() throws {
        let base = try #require(URL(string: "https://ana:hunter2@example.com/a/"))
        let url = try #require(URL(string: "b", relativeTo: base))
        #expect(parsed(json { $0.url = url })?["url"] == .string("https://REDACTED:REDACTED@example.com/a/b"))
    }

    @Test(
        "A Decimal is a number if a reader with 64-bit numbers gets the same decimal, and a text otherwise",
        arguments: [
            ("19.99", "19.99"), ("0", "0"), ("-7", "-7"), ("0.1", "0.1"), ("123456789.012345", "123456789.012345"),
            ("1234567890.1234567", #""1234567890.1234567""#), ("12345678901234567.89", #""12345678901234567.89""#),
            ("1000000000000000000", "1000000000000000000"), ("1234567890123456789", #""1234567890123456789""#),
            ("0.000000000000000000001", "1e-21"),
        ]
    )
    func decimals(text: String, written: String) throws {
        let decimal = try #require(Decimal(string: text))
        #expect(json { $0.total = decimal } == #"{"total":\#(written)}"#)
    }

    @Test("Each number of a Decimal reads back as the same decimal, and a NaN is a text")
    func decimalsReadBack() throws {
        var random = SplitMix(state: 7)
        for _ in 0..<500 {
            let significand = Decimal(Int(bitPattern: UInt(random.next())))
            let exponent = Int(random.next() % 60) - 40
            let decimal = Decimal(sign: .plus, exponent: exponent, significand: significand)
            let text = json { $0.total = decimal }.dropFirst(9).dropLast()
            if text.hasPrefix("\"") {
                #expect(Decimal(string: String(text.dropFirst().dropLast())) == decimal)
            } else {
                let number = try #require(Double(text))
                #expect(Decimal(string: "\(number)") == decimal)
            }
        }
        #expect(json { $0.total = Decimal.nan } == #"{"total":"NaN"}"#)
    }

    @Test("Data is written in base64")
    func data() {
        #expect(json { $0.data = Data("hello".utf8) } == #"{"data":"aGVsbG8="}"#)
        #expect(json { $0.data = Data() } == #"{"data":""}"#)
    }

    @Test("The values work in optionals, arrays, dictionaries and nested objects")
    func containers() throws {
        let id = try #require(UUID(uuidString: "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"))
        let none: URL? = nil
        let text = json {
            $0.ids = [id]
            $0.none = none
            $0.at = ["start": Date(timeIntervalSince1970: 0)]
            $0.order { $0.total = Decimal(5) }
        }
        #expect(
            text == #"{"ids":["6ba7b810-9dad-11d1-80b4-00c04fd430c8"],"at":{"start":"1970-01-01T00:00:00.000000Z"},"#
                + #""order":{"total":5}}"#
        )
    }
}
