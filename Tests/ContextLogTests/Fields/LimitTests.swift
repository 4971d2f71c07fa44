import ContextLog
import ContextPropagation
import TestSupport
import Testing

@Suite("The bounds of a line", .timeLimit(.minutes(10)))
struct LimitTests {
    struct Chain: LogValue {
        let depth: Int
        func write(to field: borrowing LogField) {
            field.object { if depth > 0 { $0.next = Chain(depth: depth - 1) } else { $0.end = true } }
        }
    }

    struct Nest: LogValue {
        let depth: Int
        func write(to field: borrowing LogField) {
            if depth > 0 { field.array([Nest(depth: depth - 1)]) } else { field.set(true) }
        }
    }

    @Test("Values with 100 levels are complete")
    func deep() throws {
        var value = try #require(parsed(json { $0.chain = Chain(depth: 99) })?["chain"])
        for _ in 0..<99 { value = try #require(value["next"]) }
        #expect(value["end"] == .bool(true))
        let nest = String(repeating: "[", count: 100) + "true" + String(repeating: "]", count: 100)
        #expect(json { $0.nest = Nest(depth: 100) } == "{\"nest\":\(nest)}")
    }

    @Test(
        "A value with more levels ends at the hundredth level, and the line says so",
        arguments: [101, 8_000, 1_000_000]
    )
    func tooDeep(depth: Int) throws {
        let line = json {
            $0.chain = Chain(depth: depth)
            $0.nest = Nest(depth: depth)
            $0.after = 1
        }
        let value = try #require(parsed(line))
        #expect(value["after"] == .integer(1))
        #expect(value["dropped_values"] == .integer(2))
    }

    @Test("A value of JSON with 100,000 levels has a description")
    func deepValue() {
        var value = LogFieldValue.integer(1)
        for _ in 0..<100_000 { value = .array([value]) }
        #expect(parsed(value.description) != nil)
        // The value is taken apart step by step, because the compiler's destruction of the whole would recurse.
        while case .array(let elements) = value { value = elements[0] }
    }

    @Test("Dictionaries and lines of 100,000 names are complete, in order, with each name once")
    func manyNames() throws {
        let count = 100_000
        let dictionary = Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0 + 1_000_000)", $0) })
        let members = (0..<count).map { "\"k\($0 + 1_000_000)\":\($0)" }.joined(separator: ",")
        #expect(json { $0.d = dictionary } == "{\"d\":{\(members)}}")
        let line = json { fields in
            for index in 0..<count { fields["k\(index + 1_000_000)"] = index }
        }
        #expect(line == "{\(members)}")
    }

    @Test("Many names that are set repeatedly appear once each, at their last position")
    func manyRepeated() {
        let line = json { fields in
            for round in 0..<50 { for index in 0..<1000 { fields["name \(index)"] = round * index } }
            fields["name 0"] = "last"
        }
        let members = (1..<1000).map { "\"name \($0)\":\($0 * 49)" } + ["\"name 0\":\"last\""]
        #expect(line == "{\(members.joined(separator: ","))}")
    }

    @Test("Many fields of the context, the log and the event are joined, and each name appears once")
    func manyScopes() {
        func set(_ fields: borrowing LogFields, _ range: Range<Int>, _ value: String) {
            for index in range { fields["k\(index)"] = value }
        }
        let lines = fields { log in
            let log = log.with { set($0, 10_000..<30_000, "log") }
            LogContext.$current.withValue(LogContext.current.with { set($0, 0..<20_000, "context") }) {
                log.info("") { set($0, 20_000..<40_000, "event") }
            }
        }
        let members = (0..<40_000).map {
            "\"k\($0)\":\"\($0 < 10_000 ? "context" : $0 < 20_000 ? "log" : "event")\""
        }
        #expect(lines == ["{\(members.joined(separator: ","))}"])
    }

    @Test("A line has at most about 16 MiB of fields, and reports the number of omitted values")
    func size() throws {
        let text = String(repeating: "x", count: 1 << 20)
        let line = json { fields in
            for index in 0..<40 { fields["text_\(index)"] = text }
            fields.array = Array(repeating: text, count: 3)
        }
        let value = try #require(parsed(line))
        guard case .object(let members) = value else { throw NotAnObject() }
        let kept = members.count { if case .string(let kept) = $0.value { kept == text } else { false } }
        #expect((14...16).contains(kept))
        #expect(value["dropped_values"] == .integer(40 - kept + (value["array"] == nil ? 1 : 3)))
        #expect(line.utf8.count < 17 << 20)
    }

    struct NotAnObject: Error {}

    @Test("The line after a line that was too long is complete")
    func next() {
        let text = String(repeating: "x", count: 1 << 20)
        let lines = fields { log in
            log.info("") { fields in for index in 0..<40 { fields["text_\(index)"] = text } }
            log.info("") { $0.a = text }
        }
        #expect(lines.last == "{\"a\":\"\(text)\"}")
    }
}
