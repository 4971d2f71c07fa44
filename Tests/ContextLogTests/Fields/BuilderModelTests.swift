import ContextLog
import TestSupport
import Testing

@Suite("Builders and their model", .timeLimit(.minutes(10)))
struct BuilderModelTests {
    @Test("Each value appears in the object of its builder, and each misused value is counted", arguments: 0..<40)
    func random(seed: UInt64) {
        let lines = Locked<[String]>()
        let log = LineRouter.log { lines.append($0.json) }
        let model = BuilderModel(seed: seed, log: log)
        for _ in 0..<100 { model.line { model.steps($0, $1, depth: 5) } }
        #expect(lines.value == model.lines)
        #expect(model.misuses > 0)
    }
}

/// Uses builders at random, and computes the expected text of each line.
final class BuilderModel {
    /// An object that a builder sets.
    final class Object {
        private var members: [(name: String, value: String)] = []
        var dropped = 0

        func set(_ name: String, _ value: String) {
            members.removeAll { $0.name == name }
            members.append((name, value))
        }

        var json: String {
            "{" + members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
        }
    }

    private var random: SplitMix
    private let log: Log
    private var open: [Object] = []
    private var lastValue = 0
    private(set) var lines: [String] = []
    private(set) var misuses = 0

    init(seed: UInt64, log: Log) {
        random = SplitMix(state: seed)
        self.log = log
    }

    private func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    /// Logs a line whose fields `body` sets.
    func line(_ body: (borrowing LogFields, Object) -> Void) {
        log.info("line") { fields in
            let object = within { body(fields, $0) }
            lines.append(finished(object))
        }
    }

    /// Keeps an object open while `body` runs.
    private func within(_ body: (Object) -> Void) -> Object {
        let object = Object()
        open.append(object)
        body(object)
        open.removeLast()
        return object
    }

    private func finished(_ object: Object) -> String {
        if object.dropped > 0 { object.set("dropped_values", "\(object.dropped)") }
        return object.json
    }

    /// Whether a builder of this object may write now. Counts the value as dropped if not.
    private func admits(_ object: Object) -> Bool {
        if object === open.last { return true }
        open.last?.dropped += 1
        misuses += 1
        return false
    }

    func steps(_ fields: borrowing LogFields, _ object: Object, depth: Int) {
        steps(fields, object, fields, object, depth: depth)
    }

    /// Runs some steps with a builder, and sometimes with a builder of an outer object.
    private func steps(
        _ fields: borrowing LogFields,
        _ object: Object,
        _ outer: borrowing LogFields,
        _ outerObject: Object,
        depth: Int
    ) {
        // Some objects have so many members that they are found by hash.
        let isLarge = below(8) == 0
        let depth = isLarge ? min(depth, 1) : depth
        for _ in 0..<(isLarge ? 90 : below(6)) {
            if below(5) > 0 { step(fields, object, depth) } else { step(outer, outerObject, depth) }
        }
    }

    private func step(_ fields: borrowing LogFields, _ object: Object, _ depth: Int) {
        let name = below(2) == 0 ? "k\(below(60))" : "a long name of a field \(below(60))"
        lastValue += 1
        let value = lastValue
        switch depth > 0 ? below(40) : below(30) {
        case ..<28:
            fields[name] = value
            if admits(object) { object.set(name, "\(value)") }
        case 28:
            fields[name] = [value, value]
            if admits(object) { object.set(name, "[\(value),\(value)]") }
        case 29:
            fields[name] = ["b": value, "a": value]
            if admits(object) { object.set(name, "{\"a\":\(value),\"b\":\(value)}") }
        case ..<36:
            let isAdmitted = admits(object)
            var nested: Object?
            fields.camera { inner in
                nested = within { steps(inner, $0, fields, object, depth: depth - 1) }
            }
            #expect((nested != nil) == isAdmitted)
            if let nested {
                object.set("camera", nested.json)
                object.dropped += nested.dropped
            }
        case ..<38:
            line { steps($0, $1, fields, object, depth: depth - 1) }
        default:
            var scope: String?
            let other = log.with { inner in
                scope = finished(within { steps(inner, $0, fields, object, depth: depth - 1) })
            }
            other.info("scope")
            lines.append(scope ?? "no scope")
        }
    }
}
