import ContextLog
import ContextPropagation
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("The event that a backend gets", .timeLimit(.minutes(10)))
struct EventTests {
    struct Seen: Sendable {
        var level = LogLevel.trace
        var message = ""
        var label = ""
        var file = ""
        var function = ""
        var line: UInt = 0
        var time = Duration.zero
        var trace: TraceID?
        var error: String?
        var hasFields = false
        var fields: [LogFieldValue.Member] = []
    }

    private func seen(_ body: (Log) -> Void) -> [Seen] {
        let lines = Locked<[Seen]>()
        let log = LineRouter.log { event in
            var seen = Seen()
            seen.level = event.level
            seen.message = event.message
            seen.label = event.label
            seen.file = event.fileID
            seen.function = event.function
            seen.line = event.line
            seen.time = event.timeSinceEpoch
            seen.trace = event.context.traceID
            seen.error = event.error.map { String(describing: $0) }
            seen.hasFields = event.hasFields
            event.forEachField { seen.fields.append(.init(name: $0, value: $1)) }
            lines.append(seen)
        }
        body(log)
        return lines.value
    }

    struct Boom: Error {}

    @Test("An event has the level, message, label, file, function, line, context, error and fields of the call")
    func parts() throws {
        var label = ""
        let context = LogContext.newTrace()
        let before = Date()
        var place: UInt = 0
        let lines = seen { log in
            label = log.label
            LogContext.$current.withValue(context) {
                place = #line + 1
                log.notice("שלום", error: Boom()) {
                    $0.n = 1
                    $0.a = [true, nil]
                }
            }
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line.level == .notice)
        #expect(line.message == "שלום")
        #expect(line.label == label)
        #expect(line.file == #fileID)
        #expect(line.function == "parts()")
        #expect(line.line == place)
        #expect(line.trace == context.traceID)
        #expect(line.error == "Boom()")
        #expect(line.hasFields)
        #expect(line.fields.map(\.name) == ["n", "a"])
        #expect(line.fields.map(\.value) == [.integer(1), .array([.bool(true), .null])])
        let seconds = Double(line.time.components.seconds) + Double(line.time.components.attoseconds) / 1e18
        #expect(seconds >= before.timeIntervalSince1970 - 0.001 && seconds <= Date().timeIntervalSince1970 + 0.001)
    }

    @Test("A line without fields, error or context has no such values")
    func empty() throws {
        let line = try #require(seen { $0.info("") }.first)
        #expect(line.message.isEmpty)
        #expect(!line.hasFields)
        #expect(line.fields.isEmpty)
        #expect(line.error == nil)
    }

    @Test("Each method logs at its level, and log(_:_:) at the given level")
    func levels() {
        let lines = seen { log in
            log.info("")
            log.notice("")
            log.warning("")
            log.error("")
            log.critical("")
            log.log(.warning, "")
        }
        #expect(lines.map(\.level) == [.info, .notice, .warning, .error, .critical, .warning])
    }

    @Test("A given place replaces the place of the call")
    func place() throws {
        let line = try #require(seen { $0.info("", fileID: "Module/File.swift", function: "f()", line: 4711) }.first)
        #expect(line.file == "Module/File.swift" && line.function == "f()" && line.line == 4711)
    }

    @Test("Values are read back with their types, including whole numbers of any size")
    func values() throws {
        let line = try #require(
            seen {
                $0.info("") {
                    $0.big = UInt64.max
                    $0.small = Int128.min
                    $0.least = Int.min
                    $0.half = 0.5
                    $0.nan = Double.nan
                    $0.text = "\u{0}\"🚢"
                    $0.object { $0.x = 1 }
                }
            }.first
        )
        #expect(
            line.fields.map(\.value) == [
                .bigInteger("18446744073709551615"), .bigInteger("\(Int128.min)"), .integer(.min), .double(0.5),
                .string("NaN"), .string("\u{0}\"🚢"), .object([.init(name: "x", value: .integer(1))]),
            ]
        )
    }

    @Test("A log with an empty label gets the label unnamed")
    func noLabel() {
        #expect(Log("").label == "unnamed")
        #expect(Log("").label == Log("unnamed").label)
    }

    @Test("Lines of many simultaneous threads each have their own fields")
    func threads() {
        let count = 8
        let each = 400
        let wrong = Locked<[String]>()
        let number = Atomic<Int>(0)
        let log = LineRouter.log { event in
            number.add(1, ordering: .relaxed)
            var fields: [String: LogFieldValue] = [:]
            event.forEachField { fields[$0] = $1 }
            guard case .integer(let thread)? = fields["thread"], case .integer(let line)? = fields["line"],
                event.message == "\(thread) \(line)",
                fields["text"] == .string(String(repeating: "\(thread)", count: line))
            else { return wrong.append(event.message) }
        }
        DispatchQueue.concurrentPerform(iterations: count) { thread in
            for line in 0..<each {
                log.info("\(thread) \(line)") {
                    $0.thread = thread
                    $0.text = String(repeating: "\(thread)", count: line)
                    $0.line = line
                }
            }
        }
        #expect(wrong.value.isEmpty)
        #expect(number.load(ordering: .relaxed) == count * each)
    }
}
