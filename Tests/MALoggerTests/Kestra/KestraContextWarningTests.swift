import Foundation
import TestSupport
import Testing

@testable import MALogger

/// Each test reads the context of its own process.
@Suite("Kestra's execution context and setupLogging()", .timeLimit(.minutes(10)))
struct KestraContextWarningTests {
    @Test("Lines have the IDs of the file, and a file that cannot be used costs one WARNING that names it")
    func lines() async throws {
        for isBroken in [false, true] {
            let file = try TemporaryFile(".kestra-execution-context.json")
            let text = #"{"execution":{"id":"run-7"},"inputs":{"password":"hunter2"},"task":{"id":"detect"}}"#
            try Data((isBroken ? String(text.dropLast()) : text).utf8).write(to: URL(fileURLWithPath: file.path))
            let directory = file.directory
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                [directory = directory as String] in
                for name in ["KESTRA_EXECUTION_ID", "EXECUTION_ID", "KESTRA_TASK_ID", "TASK_ID"] { unsetenv(name) }
                chdir(directory)
                setupLogging()
                for number in 0..<10 { Log("app").info("line") { $0.number = number } }
            }
            let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
            let lines = try output.split(separator: "\n").filter { $0.hasPrefix("{") }.map { try JSONLine(String($0)) }
            let warnings = lines.filter { $0.level == "WARNING" }.compactMap { $0.string("message") }
            #expect(
                warnings
                    == (isBroken
                        ? [
                            #"Kestra's execution context is ".kestra-execution-context.json", which is not JSON: "#
                                + "the text ends too early; an ID that no variable and no file gives is N/A"
                        ] : [])
            )
            let logged = lines.filter { $0.string("message") == "line" }
            #expect(logged.count == 10)
            for line in logged {
                #expect(line.string("execution_id") == (isBroken ? "N/A" : "run-7"))
                #expect(line.string("task_id") == (isBroken ? "N/A" : "detect"))
            }
            #expect(!output.contains("hunter2"))
        }
    }
}
