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

    @Test("The report of a failing standard output waits for a non-blocking stderr that is full")
    func fullStandardError() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, dup2(ends[1], 2) == 2, fcntl(2, F_SETFL, O_NONBLOCK) == 0 else { exit(3) }
            close(ends[1])
            let page = [UInt8](repeating: 0x78, count: 4096)
            while Foundation.write(2, page, page.count) > 0 {}
            dup2(open("/dev/full", O_WRONLY), 1)
            setupLogging()
            let reading = ends[0]
            let text = Locked("")
            let reader = Thread {
                // Without a wait, the report would be lost before this.
                usleep(100_000)
                var piece = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = read(reading, &piece, piece.count)
                    if count <= 0 { break }
                    text.change { $0 += String(decoding: piece.prefix(count), as: UTF8.self) }
                }
            }
            reader.start()
            Log("app").info("line")
            close(2)
            while !reader.isFinished { usleep(100) }
            exit(text.value.contains("WARNING ma-logger: Standard output cannot be written: No space left") ? 0 : 4)
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

    @Test(
        "A LOG_FILE_PATH that is the file of stderr has each line and each text of stderr as a whole",
        arguments: [0, O_APPEND],
        [false, true]
    )
    func fileOfStandardError(flag: Int32, isCaptured: Bool) async {
        await #expect(processExitsWith: .success) { [flag, isCaptured] in
            let file = try TemporaryFile()
            dup2(open(file.path, O_WRONLY | O_CREAT | O_TRUNC | flag, 0o600), 2)
            setenv("LOG_FILE_PATH", file.path, 1)
            if isCaptured { setenv("LOG_CAPTURE", "stdout,stderr", 1) }
            setupLogging()
            Log("app").info("one")
            Foundation.write(CapturedOutput.standardError, "text\n", 5)
            Log("app").info("two")
            let lines = (file.text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 4, lines[1] == "text", lines[3] == "" else { exit(3) }
            for (line, message) in [(lines[0], "one"), (lines[2], "two")] {
                guard line.hasPrefix("{\"timestamp\""), line.hasSuffix("}"), line.contains("\"\(message)\"") else {
                    exit(4)
                }
            }
            exit(0)
        }
    }

    @Test("A LOG_FILE_PATH that is the file of stderr keeps what the file has, and what another program appends")
    func oldFileOfStandardError() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            let other = open(file.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            Foundation.write(other, "old\n", 4)
            // Its offset is the beginning of the file.
            dup2(open(file.path, O_WRONLY), 2)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            Log("app").info("one")
            Foundation.write(other, "other\n", 6)
            Log("app").info("two")
            Foundation.write(2, "text\n", 5)
            let lines = (file.text ?? "").split(separator: "\n")
            guard lines.count == 5, lines[0] == "old", lines[2] == "other", lines[4] == "text" else { exit(3) }
            exit(lines[1].contains("\"one\"") && lines[3].contains("\"two\"") ? 0 : 4)
        }
    }

    @Test("A stderr that can only be read does not become the LOG_FILE_PATH of its file")
    func readOnlyStandardError() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            dup2(open(file.path, O_RDONLY | O_CREAT, 0o600), 2)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            Log("app").info("one")
            exit(file.text?.contains("\"one\"") == true ? 0 : 3)
        }
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
