import Foundation
import MALogger
import TestSupport
import Testing

// Swift hides `fork`, because the child of a program with several threads may do very little.
@_silgen_name("fork") private func systemFork() -> pid_t

/// Writes text as C code does that knows no logging.
private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { exit(80) }
        rest = rest.dropFirst(count)
    }
}

/// The lines that a process wrote to its own standard output.
private func jsonLines(_ bytes: [UInt8]) throws -> [JSONLine] {
    try String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("{\"timestamp\"") }
        .map { try JSONLine(String($0)) }
}

/// Each test runs in its own process, because a process has one standard output. The process ends with `exit`, because
/// the test library writes a mark to the streams after the body.
@Suite("Text that other code writes to a captured stream", .timeLimit(.minutes(10)))
struct CaptureTests {
    @Test("Lines of print and of C code become lines with the process's IDs, in their order; the rest at exit too")
    func lines() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setenv("TRACING_ID", "0af7651916cd43dd8448eb211c80319c", 1)
            setenv("EXECUTION_ID", "run-7", 1)
            setupLogging()
            print("printed \"in quotes\"")
            print("שלום 🎥")
            flushLogging()
            write("from C\r\n\nsecond\n", to: 2)
            write("bad \u{7F} bytes: ", to: 2)
            _ = [UInt8]([0xFF, 0xC3, 0x0A]).withUnsafeBytes { Foundation.write(2, $0.baseAddress, $0.count) }
            flushLogging()
            Log("app").info("own line")
            LogContext.$current.withValue(.newTrace()) { print("no line feed", terminator: "") }
            exit(0)
        }
        let lines = try jsonLines(try #require(result).standardOutputContent)
        #expect(
            lines.map(\.message) == [
                "printed \"in quotes\"", "שלום 🎥", "from C", "second", "bad \u{7F} bytes: \u{FFFD}\u{FFFD}", "own line",
                "no line feed",
            ]
        )
        #expect(
            lines.map { $0.string("log.logger") }
                == ["stdout", "stdout", "stderr", "stderr", "stderr", "app", "stdout"]
        )
        #expect(lines.map(\.level) == ["INFO", "INFO", "WARNING", "WARNING", "WARNING", "INFO", "INFO"])
        #expect(lines.allSatisfy { $0.string("trace_id") == "0af7651916cd43dd8448eb211c80319c" })
        #expect(lines.allSatisfy { $0.string("execution_id") == "run-7" })
        // Nothing is left on the streams outside of the lines.
        #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }?.contains("from C") == false)
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(!text.contains("\nfrom C") && !text.contains("\nprinted"))
    }

    @Test(
        "More text than the pipe holds, from 4 threads to both streams, is neither lost nor torn; with LOG_BUFFER too",
        arguments: ["", "64KiB"]
    )
    func muchText(buffer: String) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [buffer] in
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            if !buffer.isEmpty { setenv("LOG_BUFFER", buffer, 1) }
            setupLogging()
            let done = Locked(0)
            for thread in 0..<4 {
                Thread.detachNewThread {
                    let filler = String(repeating: "x", count: 200)
                    for number in 0..<1000 {
                        if thread % 2 == 0 {
                            print("\(thread) \(number) \(filler)")
                        } else {
                            write("\(thread) \(number) \(filler)\n", to: 2)
                        }
                    }
                    done.change { $0 += 1 }
                }
            }
            while done.value < 4 { usleep(1000) }
            exit(0)
        }
        var seen: [Int: [Int]] = [:]
        for line in try jsonLines(try #require(result).standardOutputContent) {
            let words = (line.message ?? "").split(separator: " ").compactMap { Int($0) }
            if words.count == 2, line.message?.hasSuffix("xxx") == true { seen[words[0], default: []].append(words[1]) }
        }
        #expect(seen == Dictionary(uniqueKeysWithValues: (0..<4).map { ($0, Array(0..<1000)) }))
    }

    @Test("A line of 150,000 bytes comes in pieces that say that they continue, and nothing is lost")
    func longLine() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout", 1)
            setupLogging()
            print(String(repeating: "0123456789", count: 15_000))
            exit(0)
        }
        let lines = try jsonLines(try #require(result).standardOutputContent)
        #expect(lines.map { $0.message ?? "" }.joined() == String(repeating: "0123456789", count: 15_000))
        #expect(lines.map { $0.attributes?["continues"] } == [.bool(true), .bool(true), nil])
    }

    @Test("Levels by label decide which captured lines are written")
    func levels() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setenv("LOG_LEVEL", "WARNING", 1)
            setenv("LOG_LEVELS", "stderr=error,stdout=info", 1)
            setupLogging()
            print("kept")
            write("dropped\n", to: 2)
            exit(0)
        }
        #expect(try jsonLines(try #require(result).standardOutputContent).map(\.message) == ["kept"])
    }

    @Test("Only the stream that is named is captured, and a second setupLogging changes nothing")
    func oneStream() async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            setenv("LOG_CAPTURE", "stderr", 1)
            setupLogging()
            guard !setupLogging().isFirst else { exit(3) }
            write("raw\n", to: 1)
            write("captured\n", to: 2)
            exit(0)
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        #expect(text.split(separator: "\n").contains("raw"))
        #expect(try jsonLines(try #require(result).standardOutputContent).map(\.message) == ["captured"])
    }

    @Test(
        "A file of the log that is the captured stream itself gets no line back",
        arguments: ["/dev/stdout", "/dev/stderr"]
    )
    func ownFile(path: String) async throws {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) { [path] in
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setenv("LOG_FILE_PATH", path, 1)
            setupLogging()
            print("one")
            flushLogging()
            // The path is looked at again in another second.
            usleep(1_100_000)
            print("two")
            exit(0)
        }
        let output = try jsonLines(try #require(result).standardOutputContent).filter { $0.level == "INFO" }
        #expect(output.map(\.message) == ["one", "two"])
        let errors = try jsonLines(try #require(result).standardErrorContent).filter { $0.level == "INFO" }
        #expect(errors.map(\.message) == (path == "/dev/stderr" ? ["one", "two"] : []))
    }

    @Test("Kestra's lines stay as they are, and other text has the level of its stream")
    func kestra() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setenv("LOG_FORMAT", "kestra", 1)
            setupLogging()
            print("::{\"outputs\":{\"count\":3}}::")
            print("text")
            flushLogging()
            write("complaint\n", to: 2)
            exit(0)
        }
        let lines = String(decoding: try #require(result).standardOutputContent, as: UTF8.self).split(separator: "\n")
        let own = lines.filter { $0.hasPrefix("::{") }
        #expect(own.first == "::{\"outputs\":{\"count\":3}}::" && own.count == 3)
        #expect(own.dropFirst().first?.contains("\"level\":\"INFO\"") == true && own[1].contains("text"))
        #expect(own.last?.contains("\"level\":\"WARN\"") == true && own.last?.contains("complaint") == true)
    }

    @Test("A bad value gives one WARNING line that names the variable and the choices")
    func badValue() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "everything", 1)
            setupLogging()
            write("raw\n", to: 1)
            exit(0)
        }
        let lines = try jsonLines(try #require(result).standardOutputContent)
        #expect(lines.map(\.level) == ["WARNING"])
        #expect(lines.first?.message?.contains("LOG_CAPTURE is \"everything\"") == true)
        #expect(lines.first?.message?.contains("Choices: stdout, stderr") == true)
    }

    /// The open pipes of this process among the descriptors above those of the standard streams, with their files.
    private static func pipes() -> [Int32: ino_t] {
        var pipes: [Int32: ino_t] = [:]
        for number in Int32(3)..<1_024 {
            var status = stat()
            if fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFIFO { pipes[number] = status.st_ino }
        }
        return pipes
    }

    @Test(
        "If other code closes an end of the pipe that wakes the reader, text is still logged, and the reader sleeps",
        arguments: [O_RDONLY, O_WRONLY]
    )
    func closedControl(access: Int32) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [access] in
            setenv("LOG_CAPTURE", "stdout", 1)
            var original = stat()
            var captured = stat()
            fstat(1, &original)
            let others = Self.pipes()
            setupLogging()
            fstat(1, &captured)
            let control = Self.pipes().filter {
                others[$0.key] == nil && ![original.st_ino, captured.st_ino].contains($0.value)
            }
            guard control.count == 2, Set(control.values).count == 1 else { exit(3) }
            for number in control.keys where fcntl(number, F_GETFL) & O_ACCMODE == access { close(number) }
            endAfter(seconds: 60)
            print("first")
            flushLogging()
            // The time of the processor, in microseconds.
            let start = clock()
            sleep(1)
            guard clock() - start < 100_000 else { exit(4) }
            print("last")
            exit(0)
        }
        #expect(try jsonLines(try #require(result).standardOutputContent).map(\.message) == ["first", "last"])
    }

    // MARK: Children, and the end of the capture

    @Test("A forked child has its own streams; a program that the process starts writes lines of the process")
    func children() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setupLogging()
            print("parent")
            flushLogging()
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                write("raw text of the child\n", to: 1)
                Log("app").info("line of the child")
                flushLogging()
                CapturedOutput.end()
                _exit(0)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            guard status == 0 else { exit(3) }
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", "echo started program"]
            try shell.run()
            shell.waitUntilExit()
            let writer = Process()
            writer.executableURL = URL(fileURLWithPath: "/bin/sh")
            writer.arguments = ["-c", "echo own output"]
            writer.standardOutput = FileHandle(fileDescriptor: CapturedOutput.standardOutput)
            try writer.run()
            writer.waitUntilExit()
            exit(0)
        }
        let bytes = try #require(result).standardOutputContent
        let raw = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(raw.contains("raw text of the child") && raw.contains("own output"))
        #expect(
            try jsonLines(bytes).map(\.message) == ["parent", "line of the child", "started program"]
        )
    }

    @Test(
        "A forked child that closes all descriptors but the standard streams, as daemons do, still logs to its own stream",
        arguments: [false, true]
    )
    func childrenWithoutDescriptors(hasEnded: Bool) async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) { [hasEnded] in
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            let file = try TemporaryFile()
            let logFile = try TemporaryFile()
            setenv("LOG_FILE_PATH", logFile.path, 1)
            setupLogging()
            Log("app").info("line of the parent")
            if hasEnded { CapturedOutput.end() }
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                for descriptor: Int32 in 3..<64 { close(descriptor) }
                // The file gets the numbers of the closed descriptors.
                for _ in 3..<32 { _ = file.open() }
                Log("app").info("line of the child")
                guard CapturedOutput.standardOutput == 1, CapturedOutput.standardError == 2 else { _exit(4) }
                guard logFile.text?.contains("line of the child") == true else { _exit(6) }
                _exit(file.text == "" ? 0 : 5)
            }
            var status: Int32 = 0
            withExtendedLifetime((file, logFile)) { _ = waitpid(child, &status, 0) }
            Log("app").info("next line of the parent")
            exit(status == 0 ? 0 : 3)
        }
        #expect(
            try jsonLines(try #require(result).standardOutputContent).map(\.message)
                == ["line of the parent", "line of the child", "next line of the parent"]
        )
    }

    @Test("The lines of a forked child stay on the stream that was captured if the application has replaced it")
    func childrenWithReplacedStream() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout", 1)
            let file = try TemporaryFile()
            setupLogging()
            dup2(file.open(), 1)
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                Log("app").info("line of the child")
                _exit(file.text == "" ? 0 : 4)
            }
            var status: Int32 = 0
            withExtendedLifetime(file) { _ = waitpid(child, &status, 0) }
            exit(status == 0 ? 0 : 3)
        }
        #expect(try jsonLines(try #require(result).standardOutputContent).map(\.message) == ["line of the child"])
    }

    @Test("A program that still writes after CapturedOutput.end goes on, and its text goes to the original stream")
    func programAfterEnd() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout", 1)
            setupLogging()
            let start = Pipe()
            let program = Process()
            program.executableURL = URL(fileURLWithPath: "/bin/sh")
            program.arguments = ["-c", "echo early; read go; head -c 1000000 /dev/zero | tr '\\0' x"]
            program.standardInput = start
            try program.run()
            CapturedOutput.end()
            try start.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
            program.waitUntilExit()
            exit(program.terminationStatus)
        }
        let bytes = try #require(result).standardOutputContent
        let texts = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let longest = texts.max { $0.utf8.count < $1.utf8.count }
        #expect(longest.map(String.init) == String(repeating: "x", count: 1_000_000))
        #expect(try jsonLines(bytes).map(\.message).allSatisfy { $0 == "early" })
    }

    @Test("After CapturedOutput.end, text goes to the process's own streams again, also of a new program")
    func ended() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout,stderr", 1)
            setupLogging()
            print("captured", terminator: "")
            CapturedOutput.end()
            CapturedOutput.end()
            flushLogging()
            Log("app").info("line")
            let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/echo"), strdup("program"), nil]
            execv("/bin/echo", words)
        }
        let bytes = try #require(result).standardOutputContent
        #expect(try jsonLines(bytes).map(\.message) == ["captured", "line"])
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("program\n"))
    }

    @Test("If the application replaces the stream, its text goes there, and lines are still written")
    func replaced() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_CAPTURE", "stdout", 1)
            setupLogging()
            print("captured")
            let null = open("/dev/null", O_WRONLY)
            dup2(null, 1)
            print("nowhere")
            Log("app").info("line")
            exit(0)
        }
        let lines = try jsonLines(try #require(result).standardOutputContent)
        #expect(Set(lines.map(\.message)) == ["captured", "line"] && lines.count == 2)
    }
}
