import Foundation
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Kestra's execution context", .timeLimit(.minutes(10)))
struct ExecutionContextTests {
    /// A file as Kestra 2.0 writes it; the names are those of its documentation.
    static let text = #"""
        {"flow":{"id":"context_e2e","namespace":"qa","revision":2,"tenantId":"main"},
         "task":{"id":"detect","type":"io.kestra.plugin.scripts.shell.Commands"},
         "taskrun":{"id":"5fZAtkNturc9fjxoBLGjIh","startDate":"2026-09-03T09:12:44.123Z","attemptsCount":0},
         "parents":[],"inputs":{"execution":{"id":"wrong"},"text":"a \"quoted\"\nvalue \u05e9","secret":"hunter2"},
         "execution":{"outputs":{"id":"wrong"},"id":"1O7MardgoqVJTgedJZGePG","state":"RUNNING","startDate":null},
         "outputs":{"task":{"id":"wrong"},"extract":{"uri":"kestra:///qa/1.tmp","size":-1.5e3,"ok":true}},
         "labels":{"env":"prod"},"vars":{"threshold":42,"nested":[[{"execution":{"id":"wrong"}}],[]]},
         "kestra":{"environment":"e","url":"http://localhost"},"tasks":{}}
        """#

    private func ids(_ text: String) throws(ExecutionContextText.Fault) -> [String?] {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(ExecutionContextText.Fault) in try ExecutionContextText(buffer) }
        }
        let found = try result.get()
        return [found.executionID, found.taskID].map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("The IDs are those of the execution and the task, and of no other object")
    func typical() throws {
        #expect(try ids(Self.text) == ["1O7MardgoqVJTgedJZGePG", "detect"])
        #expect(try ids(#" { "task" : { "id" : "t" } } "#) == [nil, "t"])
        #expect(try ids(#"{"execution":{"id":"a\u0062\ud83d\ude00\/"},"task":{"id":null}}"#) == ["ab😀/", nil])
        #expect(
            try ids(#"{"execution":{"id":"a","id":"b"},"task":[],"task":{"x":{"id":"c"},"id":"d"}}"#) == ["b", "d"]
        )
        #expect(try ids(#"{"\u0065xecution":{"\u0069d":"\ud83dx"}}"#) == ["\u{FFFD}x", nil])
    }

    @Test(
        "A text that is not JSON, or has no IDs, is a fault that says so",
        arguments: [
            ("", .truncated), ("  ", .truncated), ("null", .notAnObject), ("[]", .notAnObject), ("id", .notAnObject),
            ("{}", .noIDs), (#"{"execution":{}}"#, .noIDs), (#"{"execution":"x","task":["id","t"]}"#, .noIDs),
            (#"{"execution":{"id":7}}"#, .notText("execution.id")), (#"{"task":{"id":{}}}"#, .notText("task.id")),
            (#"{"a":1} x"#, .notJSON(8)), (#"{"a":01}"#, .notJSON(6)), (#"{"a":[1,]}"#, .notJSON(8)),
            (#"{"a":1,}"#, .notJSON(7)), (#"{"a" 1}"#, .notJSON(5)), (#"{a:1}"#, .notJSON(1)),
            (#"{"a":[1}"#, .notJSON(7)),
            (#"{"a":"\x"}"#, .notJSON(7)), (#"{"a":"\u00g0"}"#, .notJSON(10)), ("{\"a\":\"\n\"}", .notJSON(6)),
            (#"{"a":tru"#, .truncated), (#"{"a":-"#, .truncated), (#"{"a":1.}"#, .notJSON(7)),
            (#"{"a":+1}"#, .notJSON(5)),
        ] as [(String, ExecutionContextText.Fault)]
    )
    func faults(text: String, fault: ExecutionContextText.Fault) {
        #expect(throws: fault) { try ids(text) }
    }

    @Test("Every text that ends too early is a fault")
    func prefixes() {
        let bytes = Array(Self.text.utf8)
        for count in bytes.indices {
            #expect(throws: ExecutionContextText.Fault.truncated) {
                try ids(String(decoding: bytes[..<count], as: UTF8.self))
            }
        }
    }

    @Test("Changed bytes never trap, and Foundation's parser agrees on the IDs of each text that is still JSON")
    func changedBytes() throws {
        var random = SplitMix(state: 7)
        let bytes = Array(Self.text.utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: changed.indices, using: &random)
                let other = [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0, 0xFF]
                changed[place] =
                    Bool.random(using: &random)
                    ? .random(in: 0x20...0x7E, using: &random)
                    : other.randomElement(using: &random) ?? 0
            }
            guard let found = try? ids(String(decoding: changed, as: UTF8.self)) else { continue }
            accepted += 1
            let text = Data(String(decoding: changed, as: UTF8.self).utf8)
            let object = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
            func id(_ name: String) -> String? { (object[name] as? [String: Any])?["id"] as? String }
            #expect(found == [id("execution"), id("task")])
        }
        #expect(accepted > 1000)
    }

    @Test("A text that nests a million arrays is read without recursion")
    func deep() throws {
        let count = 1_000_000
        let value = String(repeating: "[", count: count) + String(repeating: "]", count: count)
        #expect(try ids(#"{"inputs":\#(value),"task":{"id":"t"}}"#) == [nil, "t"])
        #expect(throws: ExecutionContextText.Fault.truncated) { try ids(#"{"a":"# + String(value.prefix(count))) }
    }
}
