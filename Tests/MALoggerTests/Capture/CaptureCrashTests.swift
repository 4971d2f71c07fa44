import Foundation
import MALogger
import TestSupport
import Testing

private func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
}

/// A backend that never returns, as one whose collector hangs.
private final class HangingBackend: LogBackend {
    func log(_ event: borrowing Log.Event) { while true { sleep(1) } }
}

/// A backend with a fault.
private final class FaultyBackend: LogBackend {
    func log(_ event: borrowing Log.Event) { fatalError("the backend has a fault") }
}

/// Each test runs in its own process, because it ends the process.
@Suite("Captured text when the process ends", .timeLimit(.minutes(10)))
struct CaptureCrashTests {
    /// Writes a text and waits for its line. Later lines are quick, because the reader has logged before. No level
    /// hides this text, because it looks like the message of a trap.
    private static func writeFirst() {
        write("Fatal error: none yet\n", to: 2)
        flushLogging()
    }

    /// Runs a process that ends with captured text, up to three times, until its reader is in time.
    private static func end(_ run: () async throws -> EndOfCapture) async rethrows {
        for _ in 0..<3 {
            switch try await run() {
            case .lines: return
            case .rawText: continue
            case .lost(let text):
                Issue.record("\(text)")
                return
            }
        }
    }

    @Test(
        "The message of fatalError becomes whole lines, after all text before it; also with LOG_BUFFER",
        arguments: ["", "1MiB"]
    )
    func fatal(buffer: String) async throws {
        let texts = (0..<100).map { "line \($0)" } + ["Fatal error: no \u{1F3A5} here", "second row"]
        try await Self.end {
            let start = ContinuousClock.now
            let result = await #expect(
                processExitsWith: .failure,
                observing: [\.standardOutputContent, \.standardErrorContent]
            ) { [buffer = buffer as String] in
                setenv("LOG_CAPTURE", "stdout,stderr", 1)
                if !buffer.isEmpty { setenv("LOG_BUFFER", buffer, 1) }
                setupLogging()
                Self.writeFirst()
                for number in 0..<100 { write("line \(number)\n", to: 2) }
                fatalError("no \u{1F3A5} here\nsecond row")
            }
            // The runtime may add a stack trace of its own.
            return try EndOfCapture(of: ["Fatal error: none yet"] + texts, #require(result), since: start)
        }
    }

    @Test("The message of a trap is a CRITICAL line, so that no level hides it")
    func fatalLevel() async throws {
        try await Self.end {
            let start = ContinuousClock.now
            let result = await #expect(
                processExitsWith: .failure,
                observing: [\.standardOutputContent, \.standardErrorContent]
            ) {
                setenv("LOG_CAPTURE", "stderr", 1)
                setenv("LOG_LEVEL", "CRITICAL", 1)
                setupLogging()
                Self.writeFirst()
                write("small talk\n", to: 2)
                fatalError("no frame")
            }
            let end = try EndOfCapture(
                of: ["Fatal error: none yet", "Fatal error: no frame"],
                #require(result),
                since: start
            )
            let lines = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
                .split(separator: "\n")
            #expect(lines.allSatisfy { $0.contains("\"level\":\"CRITICAL\"") })
            if case .lines = end { #expect(lines.count == 2) }
            return end
        }
    }

    @Test("A backtrace of the Swift runtime comes out whole on the process's own stderr", arguments: ["", "1MiB"])
    func backtrace(buffer: String) async throws {
        try await Self.end {
            let start = ContinuousClock.now
            let end = try await onNewThread { try Self.crash(buffer: buffer) }
            let signal = await end.program.waitUntilEnd()
            #expect([.signal(SIGILL), .signal(SIGTRAP)].contains(signal))
            let frames = ["crash(_:)", "CaptureCrash/main.swift"]
            #expect(frames.allSatisfy(end.errors.contains), "\(end.errors)")
            #expect(end.errors.contains("Images ("), "the end of the backtrace is missing")
            #expect(EndOfCapture.messages(end.output).count <= 2)
            return EndOfCapture(
                of: ["before the crash", "Index out of range"],
                output: end.output,
                errors: end.errors,
                since: start
            )
        }
    }

    /// Runs a program that crashes.
    private static func crash(
        buffer: String
    ) throws -> (program: StartedProgram, output: String, errors: String) {
        var environment = ProcessInfo.processInfo.environment
        environment["LOG_CAPTURE"] = "stdout,stderr"
        environment["LOG_BUFFER"] = buffer
        environment["SWIFT_BACKTRACE"] = "enable=yes,interactive=no,color=no,output-to=stderr"
        let (output, errors) = (Pipe(), Pipe())
        let program = try StartedProgram(
            URL.program("capture-crash").path,
            environment: environment,
            output: output.fileHandleForWriting.fileDescriptor,
            errors: errors.fileHandleForWriting.fileDescriptor
        )
        for pipe in [output, errors] { try pipe.fileHandleForWriting.close() }
        let text = Locked("")
        let isRead = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let bytes = errors.fileHandleForReading.readDataToEndOfFile()
            text.change { $0 = String(decoding: bytes, as: UTF8.self) }
            isRead.signal()
        }
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        isRead.wait()
        return (program, lines, text.value)
    }

    @Test(
        "A signal that ends the process leaves no text in the pipe, and the process ends by that signal",
        arguments: [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, SIGHUP, SIGINT, SIGQUIT, SIGTERM]
    )
    func signals(number: Int32) async {
        await #expect(processExitsWith: .success) { [number] in
            let lines = (0..<50).map { "out \($0)" }
            for _ in 0..<3 {
                let start = ContinuousClock.now
                let program = ForkedProgram {
                    setenv("LOG_CAPTURE", "stdout,stderr", 1)
                    signal(number, SIG_DFL)
                    setupLogging()
                    Self.writeFirst()
                    for line in lines { write("\(line)\n", to: 1) }
                    write("no line feed", to: 2)
                    kill(getpid(), number)
                    while true { pause() }
                }
                guard program.signal == number else { exit(3) }
                switch EndOfCapture(
                    of: ["Fatal error: none yet"] + lines + ["no line feed"],
                    output: program.output,
                    errors: program.errors,
                    since: start
                ) {
                case .lines where program.errors.isEmpty: exit(0)
                case .lines, .rawText: guard ["", "no line feed"].contains(program.errors) else { exit(4) }
                case .lost: exit(5)
                }
            }
            exit(0)
        }
    }

    @Test("If the reader hangs or has a fault itself, the text comes out raw on the stream's own file")
    func hangingReader() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_CAPTURE", "stderr", 1)
                signal(SIGABRT, SIG_DFL)
                setupLogging()
                Log.install(HangingBackend())
                write("first\n", to: 2)
                usleep(50_000)
                write("second\nthird", to: 2)
                abort()
            }
            guard program.signal == SIGABRT else { exit(3) }
            exit(program.errors == "first\nsecond\nthird" ? 0 : 4)
        }
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_CAPTURE", "stderr", 1)
                setupLogging()
                Log.install(FaultyBackend())
                write("first\nsecond\n", to: 2)
                while true { pause() }
            }
            guard program.signal != nil else { exit(3) }
            exit(program.errors.hasPrefix("first\nsecond\n") && program.errors.contains("has a fault") ? 0 : 4)
        }
    }

    @Test("If no sink works, the report goes once to the process's own stderr and does not come back as a line")
    func failingSink() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_CAPTURE", "stdout,stderr", 1)
                close(1)
                setupLogging()
                for _ in 0..<10 { write("text\n", to: 2) }
                flushLogging()
                exit(0)
            }
            let reports = program.errors.split(separator: "\n")
            exit(reports.count == 1 && reports[0].contains("Standard output cannot be written") ? 0 : 4)
        }
    }

    @Test("SIGTERM ends a process whose reader of stdout has stopped, and the text for stderr is written")
    func stoppedReader() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_CAPTURE", "stdout,stderr", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                Thread.detachNewThread { while true { print(String(repeating: "x", count: 500)) } }
                sleep(1)
                _ = "last words\n".withCString { write(2, $0, strlen($0)) }
                kill(getpid(), SIGTERM)
                while true { pause() }
            }
            guard program.signal == SIGTERM else { exit(3) }
            guard program.errors.contains("bytes of captured text that were not written: ") else { exit(4) }
            exit(program.errors.hasPrefix("last words\n") ? 0 : 5)
        }
    }
}
