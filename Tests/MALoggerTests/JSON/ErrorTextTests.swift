import ContextLog
import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("Texts of errors", .timeLimit(.minutes(10)))
struct ErrorTextTests {
    private enum Fault: Error {
        case truncated, corrupt, unsupported
    }

    private enum Mixed: Error {
        case none
        case code(Int8)
    }

    private struct Empty: Error {}

    /// Throws one of the errors. Each time it is a new value, in memory that an earlier one may have had.
    private static func fail(_ number: Int) throws {
        switch number % 7 {
        case 0: throw Fault.truncated
        case 1: throw Fault.corrupt
        case 2: throw Fault.unsupported
        case 3: throw Mixed.none
        case 4: throw Mixed.code(7)
        case 5: throw Mixed.code(-7)
        default: throw Empty()
        }
    }

    /// More than once each: a text is kept for the next error with the same bytes.
    private static let numbers = 0..<70

    private func expectTexts(_ lines: [String]) throws {
        let expected = ["truncated", "corrupt", "unsupported", "none", "code(7)", "code(-7)", "Empty()"]
        let texts = try lines.map { try JSONLine($0).string("exception.message") }
        #expect(texts == Self.numbers.map { expected[$0 % 7] })
    }

    /// Logs the error of a closure, whose type it does not know.
    private func logFailure<Failure: Error>(_ log: Log, _ body: () throws(Failure) -> Void) {
        do throws(Failure) {
            try body()
        } catch {
            log.error("failed", error: error)
        }
    }

    @Test("A line has the text of its own error, also if it is logged where the type of the error is not known")
    func ownText() throws {
        let plain = try written { log in
            for number in Self.numbers {
                do { try Self.fail(number) } catch { log.error("failed", error: error) }
            }
        }
        try expectTexts(plain)
        let generic = try written { log in
            for number in Self.numbers { logFailure(log) { try Self.fail(number) } }
        }
        try expectTexts(generic)
        let tasks = try written { log in
            for number in Self.numbers { try? monitorTask("decode", log: log) { try Self.fail(number) } }
        }
        try expectTexts(tasks)
    }

    @Test("The line of a failed asynchronous task has the text of the task's error")
    func asynchronousTask() async throws {
        let file = try TemporaryFile()
        let descriptor = file.open()
        defer { close(descriptor) }
        let backend = LineBackend(settings: LogSettings([:]), standardOutput: descriptor)
        let log = LineRouter.log(to: backend, label: "test")
        for number in Self.numbers {
            try? await monitorTask("decode", log: log) {
                await Task.yield()
                try Self.fail(number)
            }
        }
        try expectTexts(lines(of: file.text ?? ""))
    }
}
