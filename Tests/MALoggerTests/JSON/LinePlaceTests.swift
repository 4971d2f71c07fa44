import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MALogger

/// A line is written in front of its fields, or behind them if it does not fit there. A reader must not notice.
@Suite("The place of a line", .timeLimit(.minutes(10)))
struct LinePlaceTests {
    /// Counts one field, and checks that the event is complete after the backend has written it.
    private func check(_ event: borrowing Log.Event, hasField: Bool, _ faults: borrowing Mutex<[String]>) {
        var names: [String] = []
        event.forEachField { name, _ in names.append(name) }
        if hasField != names.contains("own") { faults.withLock { $0.append("the fields are \(names)") } }
    }

    @Test("A message of any length is complete, with and without fields, scopes and a character that is escaped")
    func lengths() throws {
        let file = try TemporaryFile()
        let descriptor = file.open()
        defer { close(descriptor) }
        let backend = LineBackend(settings: LogSettings([:]), standardOutput: descriptor)
        let faults = Mutex<[String]>([])
        let hasField = Atomic(false)
        let log = LineRouter.log { event in
            backend.log(event)
            check(event, hasField: hasField.load(ordering: .relaxed), faults)
        }
        let scoped = log.with { $0.scope = "s" }
        var messages: [String] = []
        for count in Array(0...40) + Array(550...1100) {
            for end in ["", "\"", "ש"] {
                let message = String(repeating: "x", count: count) + end
                messages += [message, message, message, message]
                hasField.store(false, ordering: .relaxed)
                log.info("\(message)")
                scoped.info("\(message)")
                hasField.store(true, ordering: .relaxed)
                log.info("\(message)") { $0.own = 1 }
                scoped.info("\(message)") { $0.own = 1 }
            }
        }
        let written = lines(of: file.text ?? "")
        try #require(written.count == messages.count)
        let attributes = [
            "", #","attributes":{"scope":"s"}"#, #","attributes":{"own":1}"#, #","attributes":{"scope":"s","own":1}"#,
        ]
        for (index, line) in written.enumerated() {
            let text = messages[index].replacing("\"", with: "\\\"")
            #expect(line.contains(#","message":"\#(text)","service.name":"#))
            #expect(line.hasSuffix(#""task_id":"N/A"\#(attributes[index % 4])}"#))
        }
        #expect(faults.withLock { $0 } == [])
    }

    @Test("A line that the event writes itself has the same bytes as one that the backend writes")
    func direct() throws {
        let file = try TemporaryFile()
        let descriptor = file.open()
        let device = open("/dev/null", O_WRONLY)
        defer { for descriptor in [descriptor, device] { close(descriptor) } }
        let backend = LineBackend(settings: LogSettings([:]), standardOutput: descriptor)
        let direct = LineBackend(settings: LogSettings([:]), standardOutput: device)
        let rendered = Mutex<[String]>([])
        let log = LineRouter.log { event in
            backend.log(event)
            let line = direct.render(event)
            guard let start = line.bytes, line.descriptor == device else { return }
            let bytes = UnsafeRawBufferPointer(start: start, count: line.count)
            rendered.withLock { $0.append(String(decoding: bytes.dropLast(), as: UTF8.self)) }
        }
        log.info("short") { $0.own = 1 }
        log.info("no fields")
        log.with { $0.scope = true }.info("a scope") { $0.own = 1.5 }
        log.with { $0.own = true }.info("a scope with the same name") { $0.own = 1.5 }
        log.error("\u{1B}", error: CancellationError()) { $0.own = "\n" }
        log.info("a line of a large file", line: 1_234_567)
        log.info("\(String(repeating: "long ", count: 1000))") { $0.text = String(repeating: "text ", count: 1000) }
        let written = lines(of: file.text ?? "")
        #expect(written.count == 7)
        #expect(written == rendered.withLock { $0 })
        for line in written { _ = try JSONLine(line) }
    }

    @Test("Each number of a source line is written, also a number of seven digits")
    func numbers() throws {
        let numbers: [UInt] = [
            0, 1, 9, 10, 42, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 999_999, 1_000_000, 4_000_000_000,
        ]
        let seen = Mutex<[UInt]>([])
        let lines = try written { log in for number in numbers { log.info("", line: number) } }
        let log = LineRouter.log { event in
            let line = event.line
            seen.withLock { $0.append(line) }
        }
        for number in numbers { log.info("", line: number) }
        #expect(seen.withLock { $0 } == numbers)
        for (line, number) in zip(lines, numbers) { #expect(line.contains(#""log.origin.file.line":\#(number),"#)) }
    }

    enum Failure: Error {
        case timedOut
        case refused
        case broken(Int)
    }

    struct Nothing: Error {}

    struct Described: Error, CustomStringConvertible {
        let description: String
    }

    struct Streamed: Error, TextOutputStreamable, CustomStringConvertible {
        var description: String { "not this one" }

        func write<Target: TextOutputStream>(to target: inout Target) { target.write("this one") }
    }

    @Test("An error keeps its own text when others of its type were logged before")
    func errors() throws {
        let errors: [any Error] = [
            Failure.timedOut, Failure.refused, Failure.broken(1), Failure.broken(2), Nothing(),
            Described(description: "a"),
            Described(description: "\"b\""), Streamed(), CancellationError(),
        ]
        let lines = try written { log in
            for _ in 0..<3 { for error in errors { log.error("", error: error) } }
        }
        let texts = errors.map { String(describing: $0) }
        #expect(try lines.map { try JSONLine($0).string("exception.message") } == texts + texts + texts)
    }
}
