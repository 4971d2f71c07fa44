import ContextLog
import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("Texts of errors", .timeLimit(.minutes(10)))
struct ErrorTextTests {
    private enum Fault: Error, CaseIterable {
        case truncated, corrupt, unsupported
    }

    private enum Mixed: Error {
        case none
        case code(Int8)
    }

    private struct Empty: Error {}

    private static let errors: [any Error] =
        Fault.allCases.map { $0 } + [Mixed.none, Mixed.code(7), Mixed.code(-7), Empty()]

    /// Throws an error whose type the caller's caller does not know.
    private func fail<Failure: Error>(_ log: Log, _ body: () throws(Failure) -> Void) {
        do throws(Failure) {
            try body()
        } catch {
            log.error("failed", error: error)
        }
    }

    private func throwing(_ error: any Error) throws { throw error }

    private func expectTexts(_ log: (Log, any Error) -> Void) throws {
        // More than once: a text is kept for the next error with the same bytes.
        let errors = Array(repeating: Self.errors, count: 10).joined()
        let lines = try written { writer in
            for error in errors { log(writer, error) }
        }
        let texts = try lines.map { try JSONLine($0).string("exception.message") }
        #expect(texts == errors.map { String(describing: $0) })
    }

    @Test("A line has the text of its own error, also if it is logged where the type of the error is not known")
    func ownText() throws {
        try expectTexts { $0.error("failed", error: $1) }
        try expectTexts { log, error in fail(log) { try throwing(error) } }
        try expectTexts { log, error in
            do { try monitorTask("decode", log: log) { try throwing(error) } } catch {}
        }
    }

    @Test("The line of a failed asynchronous task has the text of the task's error")
    func asynchronousTask() async throws {
        let outcomes = Self.errors + Self.errors.reversed()
        let file = try TemporaryFile()
        let descriptor = file.open()
        defer { close(descriptor) }
        let backend = LineBackend(settings: LogSettings([:]), standardOutput: descriptor)
        let log = LineRouter.log(to: backend, label: "test")
        for error in outcomes {
            do {
                try await monitorTask("decode", log: log) {
                    await Task.yield()
                    try throwing(error)
                }
            } catch {}
        }
        let texts = try lines(of: file.text ?? "").map { try JSONLine($0).string("exception.message") }
        #expect(texts == outcomes.map { String(describing: $0) })
    }
}
