import ContextLog
import ContextPropagation
import Foundation
import TestSupport
import Testing

@Suite("A builder that is used while another object is open", .timeLimit(.minutes(10)))
struct MisuseTests {
    @Test("The outer builder of a nested object writes nothing, and the line reports the number of missing values")
    func outerBuilder() {
        let line = json { outer in
            outer.a = 1
            outer.camera { inner in
                inner.x = 1
                outer.y = 2
                outer["z"] = "text"
                outer.deep { $0.w = 3 }
                inner.v = 4
            }
            outer.b = 5
        }
        #expect(line == #"{"a":1,"camera":{"x":1,"v":4},"b":5,"dropped_values":3}"#)
    }

    @Test("A field that is set within its own object or array writes nothing")
    func field() {
        struct Confused: LogValue {
            func write(to field: borrowing LogField) {
                field.object {
                    $0.a = 1
                    field.set(3)
                    field.array([1, 2])
                    $0.b = 2
                }
            }
        }
        #expect(json { $0.x = Confused() } == #"{"x":{"a":1,"b":2},"dropped_values":2}"#)
        #expect(json { $0.x = [Confused()] } == #"{"x":[{"a":1,"b":2}],"dropped_values":2}"#)
    }

    @Test("The builder of one line writes nothing on another line or in a scope, which report the missing value")
    func otherLine() {
        let lines = fields { log in
            log.info("outer") { outer in
                log.info("inner") { inner in
                    outer.a = 1
                    inner.b = 2
                }
                let other = log.with { scope in
                    outer.c = 3
                    scope.d = 4
                }
                other.info("scope")
                outer.e = 5
            }
        }
        #expect(lines == [#"{"b":2,"dropped_values":1}"#, #"{"d":4,"dropped_values":1}"#, #"{"e":5}"#])
    }

    @Test("A nested object that is stored for later writes nothing in another object or on another line")
    func keptObject() {
        let lines = fields { log in
            var kept: LogObject?
            func use() {
                guard let object = kept.take() else { return }
                object { $0.late = true }
            }
            log.info("same object") {
                kept = $0.camera
                $0.a = 1
                use()
            }
            log.info("other object") {
                kept = $0.camera
                $0.b { _ in use() }
            }
            log.info("first") { kept = $0.camera }
            log.info("second") {
                $0.c = 1
                use()
            }
        }
        #expect(
            lines == [
                #"{"a":1,"camera":{"late":true}}"#, #"{"b":{},"dropped_values":1}"#, "{}",
                #"{"c":1,"dropped_values":1}"#,
            ]
        )
    }

    @Test("Every line is valid JSON, for any use of builders at any time", arguments: 0..<40)
    func random(seed: UInt64) throws {
        let lines = Locked<[String]>()
        let log = LineRouter.log { lines.append($0.json) }
        for round in 0..<25 {
            let program = RandomProgram(seed: seed << 8 | UInt64(round), log: log)
            log.info("program") { program.run($0, depth: 5) }
        }
        #expect(lines.value.count >= 25)
        for line in lines.value {
            #expect(parsed(line) != nil, "\(line)")
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test("A WARNING names the place and the mistake, once for each line of the source")
    func warning() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let log = Log("test")
            for number in 0..<3 {
                log.info("line \(number)") { outer in
                    outer.camera { _ in outer.y = 2 }
                }
            }
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        let warnings = text.split(separator: "\n").filter { $0.hasPrefix("WARNING") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("MisuseTests.swift") == true)
        #expect(warnings.first?.contains("while a nested object") == true)
    }

    @Test("A WARNING names the line that misuses a scope, and no line that omits other values")
    func warningOfScope() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let log = Log("test")
            log.info("misuse", line: 1001) { outer in
                _ = log.with { _ in outer.a = 1 }
                outer.b = 2
            }
            log.info("too deep", line: 1002) { $0.nest = LimitTests.Nest(depth: 200) }
            var kept: LogObject?
            log.info("kept", line: 1003) { kept = $0.camera }
            _ = LogContext.current.with { _ in if let object = kept.take() { object { $0.late = true } } }
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        let warnings = text.split(separator: "\n").filter { $0.hasPrefix("WARNING") }
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("MisuseTests.swift:1001") == true)
        #expect(warnings.last?.contains("a scope outside of a line") == true)
    }
}

/// Nests objects, arrays and lines at random, and uses the builder of any of them at any time.
final class RandomProgram {
    private var random: SplitMix
    private let log: Log

    init(seed: UInt64, log: Log) {
        random = SplitMix(state: seed)
        self.log = log
    }

    fileprivate func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    fileprivate func text() -> String {
        let pieces = [
            "a", "b", "\"", "\\", "\n", "{", "}", "[", "]", ",", ":", "é", "\u{2028}", "a long piece of text",
        ]
        return (0..<below(4)).map { _ in pieces[below(pieces.count)] }.joined()
    }

    /// Writes itself at random, and uses its own field while an object in it is open.
    struct Element: LogValue {
        let program: RandomProgram
        let depth: Int

        func write(to field: borrowing LogField) {
            switch program.below(4) {
            case 0: field.set(program.text())
            case 1: field.array((0..<program.below(3)).map { _ in Element(program: program, depth: depth - 1) })
            case 2:
                field.object { nested in
                    program.step(nested, nested, depth - 1)
                    if program.below(2) == 0 { field.set(3) }
                    if program.below(2) == 0 { field.object { $0.x = 1 } }
                    if program.below(2) == 0 { field.array([1]) }
                    program.step(nested, nested, depth - 1)
                }
            default: break
            }
        }
    }

    func run(_ fields: borrowing LogFields, depth: Int) {
        for _ in 0..<below(5) { step(fields, fields, depth) }
    }

    /// Runs one step with either of two builders. Only `inner` belongs to the open object.
    fileprivate func step(_ inner: borrowing LogFields, _ outer: borrowing LogFields, _ depth: Int) {
        if below(2) == 0 { set(inner, outer, depth) } else { set(outer, inner, depth) }
    }

    private func set(_ fields: borrowing LogFields, _ other: borrowing LogFields, _ depth: Int) {
        switch below(depth > 0 ? 8 : 4) {
        case 0: fields[text()] = below(1000)
        case 1: fields[text()] = text()
        case 2: fields.ok = 0.5
        case 3: fields[text()] = below(2) == 0 ? nil : ["x": [1, 2]]
        case 4:
            fields.camera { nested in
                for _ in 0..<below(4) { step(nested, fields, depth - 1) }
                step(nested, other, depth - 1)
            }
        case 5:
            fields[text()] = (0..<below(4)).map { _ in Element(program: self, depth: depth - 1) }
        case 6:
            log.info("inner") { line in
                for _ in 0..<below(3) { step(line, fields, depth - 1) }
            }
        default:
            log.with { scope in step(scope, fields, depth - 1) }.info("scope")
        }
    }
}
