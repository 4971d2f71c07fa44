import Foundation
import MALogger
import TestSupport
import Testing

/// Each test runs in its own process, because set-up changes the whole process.
@Suite("setupLogging(): standard streams", .timeLimit(.minutes(10)))
struct StandardStreamTests {
    @Test("With stdout and stderr closed, no file of the program gets a line, and the result reports it")
    func closedStreams() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            close(1)
            close(2)
            let setup = setupLogging()
            let opened = file.open()
            Log("app").info("line")
            guard opened > 2, file.text == "" else { exit(3) }
            exit(setup.problems == ["Standard output is closed; its lines are counted as lost"] ? 0 : 4)
        }
    }

    @Test("A failing sink is reported on the other sink, for any LOG_LEVEL")
    func quietLevel() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            setenv("LOG_LEVEL", "critical", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            dup2(open("/dev/full", O_WRONLY), 1)
            setupLogging()
            Log("app").critical("line")
            let text = file.text ?? ""
            exit(text.contains("Standard output cannot be written: No space left on device") ? 0 : 3)
        }
    }

    @Test(
        "A LOG_FILE_PATH that is standard output gets each line once, and a WARNING",
        arguments: ["/dev/stdout", "/proc/self/fd/1"]
    )
    func sameFile(path: String) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [path] in
            setenv("LOG_FILE_PATH", path, 1)
            setupLogging()
            for _ in 0..<3 { Log("app").info("once") }
            guard LostLines.now.file == 0 else { exit(3) }
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(text.components(separatedBy: "\"once\"").count == 4)
        #expect(text.components(separatedBy: "which is standard output").count == 2)
    }

    @Test("Programs that the process starts have the default action of SIGPIPE")
    func childSignals() async {
        await #expect(processExitsWith: .success) {
            setupLogging()
            raise(SIGPIPE)
            raise(SIGXFSZ)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "kill -PIPE $$"]
            try process.run()
            process.waitUntilExit()
            exit(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGPIPE ? 0 : 3)
        }
    }
}
