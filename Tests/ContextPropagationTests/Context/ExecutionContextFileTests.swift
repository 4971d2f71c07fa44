import Foundation
import Testing

@testable import ContextPropagation

/// Each test reads the context of its own process.
@Suite("The file with Kestra's execution context", .timeLimit(.minutes(10)))
struct ExecutionContextFileTests {
    /// Makes a new directory the current one, and returns it.
    private static func enterDirectory() -> String {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ma-logger-\(UUID().uuidString)").path
        mkdir(directory, 0o755)
        chdir(directory)
        for name in ["KESTRA_EXECUTION_ID", "EXECUTION_ID", "KESTRA_TASK_ID", "TASK_ID", "WORKING_DIR"] {
            unsetenv(name)
        }
        return directory
    }

    private static func write(_ text: String, _ path: String = ".kestra-execution-context.json") {
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    }

    /// Ends the process with the number of the first expectation that does not hold, or with 0.
    private static func end(_ directory: String, _ expectations: Bool...) -> Never {
        try? FileManager.default.removeItem(atPath: directory)
        _exit(expectations.firstIndex(of: false).map { Int32($0 + 1) } ?? 0)
    }

    @Test("The process has the IDs of the file in its directory, and no problem")
    func found() async {
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            Self.write(ExecutionContextTests.text)
            let process = LogContext.process
            Self.end(
                directory,
                process.executionID == "1O7MardgoqVJTgedJZGePG",
                process.taskID == "detect",
                LogContext.processProblems == [],
                LogContext.current.executionID == "1O7MardgoqVJTgedJZGePG"
            )
        }
    }

    @Test("A process in another directory finds the file in WORKING_DIR, or where the variable of Kestra's client says")
    func elsewhere() async {
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            Self.write(ExecutionContextTests.text)
            setenv("WORKING_DIR", directory, 1)
            chdir("/")
            Self.end(directory, LogContext.process.taskID == "detect", LogContext.processProblems == [])
        }
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            Self.write(ExecutionContextTests.text)
            Self.write(#"{"task":{"id":"named"}}"#, "other.json")
            setenv("KESTRA_EXECUTION_CONTEXT_FILE", directory + "/other.json", 1)
            Self.end(directory, LogContext.process.taskID == "named", LogContext.process.executionID == nil)
        }
    }

    @Test("Variables have precedence, one by one")
    func precedence() async {
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            Self.write(ExecutionContextTests.text)
            setenv("EXECUTION_ID", "from-variable", 1)
            let process = LogContext.process
            Self.end(directory, process.executionID == "from-variable", process.taskID == "detect")
        }
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            // The file would be a problem, but it is not read.
            Self.write("{")
            setenv("KESTRA_EXECUTION_ID", "run", 1)
            setenv("TASK_ID", "task", 1)
            let process = LogContext.process
            Self.end(
                directory,
                process.executionID == "run",
                process.taskID == "task",
                LogContext.processProblems == []
            )
        }
    }

    @Test("Without a file there is no problem, unless a variable names it")
    func none() async {
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            setenv("WORKING_DIR", "/nowhere", 1)
            Self.end(directory, LogContext.process.executionID == nil, LogContext.processProblems == [])
        }
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            setenv("KESTRA_EXECUTION_CONTEXT_FILE", "/nowhere.json", 1)
            let problems = LogContext.processProblems
            let reason = "cannot be read: No such file or directory"
            Self.end(directory, problems == [EnvironmentProblem(.file("/nowhere.json"), reason: reason)])
        }
    }

    @Test(
        "A named pipe, a directory, a huge file, a broken file and a bad ID are one problem each, and nothing waits",
        arguments: ["pipe", "directory", "device", "huge", "endless", "broken", "id"]
    )
    func hostile(kind: String) async {
        await #expect(processExitsWith: .success) { [kind = kind as String] in
            let directory = Self.enterDirectory()
            let path = ".kestra-execution-context.json"
            var reason = "is not a regular file"
            switch kind {
            case "pipe": mkfifo(path, 0o600)
            case "directory": mkdir(path, 0o700)
            case "device": symlink("/dev/zero", path)
            case "huge", "endless":
                // A file with a hole takes no space on the disk.
                let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
                ftruncate(descriptor, kind == "huge" ? (16 << 20) + 1 : 1 << 40)
                close(descriptor)
                reason = "is larger than 16 MiB"
            case "broken":
                Self.write(String(ExecutionContextTests.text.dropLast(20)))
                reason = "is not JSON: the text ends too early"
            default:
                Self.write(#"{"execution":{"id":"a\u0000b"},"task":{"id":"good"}}"#)
                reason = "has a value of execution.id that cannot be used: holds a control character"
            }
            let process = LogContext.process
            Self.end(
                directory,
                process.executionID == nil,
                process.taskID == (kind == "id" ? "good" : nil),
                LogContext.processProblems == [EnvironmentProblem(.file(path), reason: reason)]
            )
        }
    }

    @Test("A file without permission is a problem, but a directory that cannot be searched is none")
    func noPermission() async {
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            Self.write(ExecutionContextTests.text)
            chmod(".kestra-execution-context.json", 0)
            if geteuid() == 0 { seteuid(65534) }
            let problems = LogContext.processProblems
            if getuid() == 0 { seteuid(0) }
            let reason = "cannot be read: Permission denied"
            Self.end(
                directory,
                problems == [EnvironmentProblem(.file(".kestra-execution-context.json"), reason: reason)]
            )
        }
        await #expect(processExitsWith: .success) {
            let directory = Self.enterDirectory()
            chmod(directory, 0)
            if geteuid() == 0 { seteuid(65534) }
            let problems = LogContext.processProblems
            if getuid() == 0 { seteuid(0) }
            Self.end(directory, problems == [])
        }
    }
}
