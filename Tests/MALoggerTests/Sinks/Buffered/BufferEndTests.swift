import Foundation
import MALogger
import TestSupport
import Testing

/// Each test runs in its own process, because it ends the process.
@Suite("Lines of the buffer when the process ends", .timeLimit(.minutes(10)))
struct BufferEndTests {
    @Test("exit writes every line, also those of 8 threads")
    func normalExit() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            setupLogging()
            NumberedLines.log(threads: 8, each: 500)
            exit(0)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.count == 4_000)
        #expect(lines.hasNoGap)
    }

    @Test("exit while other threads log loses no line in the middle and tears none")
    func busyExit() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "64KiB", 1)
            setupLogging()
            let logged = Locked(0)
            for thread in 0..<4 {
                Thread.detachNewThread {
                    let log = Log("app")
                    for number in 0... {
                        NumberedLines.log(log, thread: thread, number)
                        if number == 300 { logged.change { $0 += 1 } }
                    }
                }
            }
            while logged.value < 4 { usleep(100) }
            exit(0)
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        // The kernel may end the process in the middle of the last line.
        let lines = NumberedLines(text)
        #expect(lines.torn <= 1)
        #expect(lines.hasNoGap)
        #expect(lines.numbers.count == 4 && lines.numbers.values.allSatisfy { $0.count > 300 })
    }

    /// Ends the process at the first line of ma-logger itself.
    private final class ExitingBackend: LogBackend {
        private let next: (any LogBackend)?

        init(_ next: (any LogBackend)?) { self.next = next }

        func log(_ event: borrowing Log.Event) {
            next?.log(event)
            if event.label == "ma-logger" { exit(7) }
        }
    }

    @Test("exit by a backend that gets a line of the thread that writes all lines: every line is written")
    func exitOfWriter() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let file = try TemporaryFile()
            setenv("LOG_BUFFER", "64KiB", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            // It runs after the function that setupLogging() sets.
            atexit {
                let lines = linesOfFile()
                if lines.count != 100 || !lines.hasNoGap || lines.torn > 0 { _exit(8) }
            }
            setupLogging()
            let outer = Log.install(ExitingBackend(nil))
            Log.install(ExitingBackend(outer))
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(9) }
            for number in 0..<99 { NumberedLines.log(Log("app"), number) }
            flushLogging()
            // The reader of standard output goes, which the writer reports.
            for end in ends { close(end) }
            endAfter(seconds: 60)
            NumberedLines.log(Log("app"), 99)
            while true { sleep(1) }
        }
    }

    /// Calls `body` with the first line about dropped lines, on the thread that writes all lines.
    private final class DropBackend: LogBackend {
        private let next: (any LogBackend)?
        private let body: @Sendable () -> Void

        init(_ next: (any LogBackend)?, _ body: @escaping @Sendable () -> Void) {
            self.next = next
            self.body = body
        }

        func log(_ event: borrowing Log.Event) {
            next?.log(event)
            if event.message.hasPrefix("LOG_BUFFER was full") { body() }
        }
    }

    /// Fills the buffer until lines are dropped, while nobody reads standard output, and then reads it. The writer's
    /// thread calls `body` when it reports the dropped lines.
    ///
    /// - Returns: The number of lines.
    private static func drop(_ body: @escaping @Sendable () -> Void) -> Int {
        setupLogging()
        Log.install(DropBackend(Log.install(DropBackend(nil) {}), body))
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(9) }
        let reading = ends[0]
        for number in 0..<3_000 { NumberedLines.log(Log("app"), number) }
        endAfter(seconds: 60)
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while read(reading, &bytes, bytes.count) > 0 {}
        }
        return 3_000
    }

    @Test("exit by a backend that gets a line about dropped lines: lines that were dropped since are reported too")
    func dropsAtExitOfWriter() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let file = try TemporaryFile()
            setenv("LOG_BUFFER", "16KiB", 1)
            setenv("LOG_BUFFER_FULL", "drop", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            // It runs after the function that setupLogging() sets.
            atexit {
                let lines = linesOfFile()
                if lines.torn > 0 || lines.reports.count != 2 { _exit(8) }
                if lines.count + lines.reportedLost != 4_000 { _exit(10) }
            }
            let isReporting = Locked(false)
            let hasLogged = Locked(false)
            let count = Self.drop {
                isReporting.change { $0 = true }
                while !hasLogged.value { usleep(100) }
                exit(7)
            }
            while !isReporting.value { usleep(100) }
            for number in count..<4_000 { NumberedLines.log(Log("app"), number) }
            hasLogged.change { $0 = true }
            while true { sleep(1) }
        }
    }

    @Test("flushLogging and exit by a backend on the thread that writes all lines: captured text becomes lines")
    func capturedTextAtExitOfWriter() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let file = try TemporaryFile()
            setenv("LOG_BUFFER", "16KiB", 1)
            setenv("LOG_BUFFER_FULL", "drop", 1)
            setenv("LOG_CAPTURE", "stderr", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            // It runs after the functions that setupLogging() sets.
            atexit {
                let path = String(cString: getenv("LOG_FILE_PATH"))
                let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
                for number in 0..<200 where !text.contains("\"message\":\"text \(number) ") { _exit(8) }
            }
            _ = Self.drop {
                // The lines of these texts need more than the buffer, and the pipe holds all texts.
                let rest = String(repeating: "x", count: 100)
                for half in 0..<2 {
                    for number in half * 100..<half * 100 + 100 {
                        _ = "text \(number) \(rest)\n".withCString { write(2, $0, strlen($0)) }
                    }
                    if half == 0 { flushLogging() }
                }
                exit(7)
            }
            while true { sleep(1) }
        }
    }

    @Test(
        "A second signal while the handler of a trap writes the lines: the file gets every line, stderr the backtrace",
        arguments: [false, true]
    )
    func signalAfterTrap(isToOther: Bool) async throws {
        let file = try TemporaryFile()
        let end = try await onNewThread { [path = file.path] in
            try Self.signalDuringTrap(path, isToOther: isToOther)
        }
        #expect(end.text.contains("crash(_:)") && end.text.contains("Images ("), "no whole backtrace: \(end.text)")
        #expect(!end.text.contains("failed to suspend"), "a thread is missing in the backtrace: \(end.text)")
        // The trap ends it, not the signal that came later.
        let signal = await end.program.waitUntilEnd()
        #expect([.signal(SIGILL), .signal(SIGTRAP)].contains(signal))
        let lines = NumberedLines(file.text ?? "")
        #expect(lines.numbers == [0: Array(0..<2_000)])
        #expect(lines.torn == 0)
    }

    /// Runs a program that traps, with this file, and sends it SIGTERM while the handler of the trap runs.
    ///
    /// - Parameter isToOther: Whether another thread than the one that traps gets SIGTERM.
    /// - Returns: The program, and its standard error.
    private static func signalDuringTrap(
        _ path: String,
        isToOther: Bool
    ) throws -> (program: StartedProgram, text: String) {
        var environment = ProcessInfo.processInfo.environment
        environment["LOG_BUFFER"] = "4MiB"
        environment["LOG_FILE_PATH"] = path
        environment["SWIFT_BACKTRACE"] = "enable=yes,interactive=no,color=no,output-to=stderr"
        // Nobody reads standard output, so the handler waits there for a second.
        let (output, errors) = (Pipe(), Pipe())
        let program = try StartedProgram(
            URL.program("capture-crash").path,
            isToOther ? ["2000", "other"] : ["2000"],
            environment: environment,
            output: output.fileHandleForWriting.fileDescriptor,
            errors: errors.fileHandleForWriting.fileDescriptor
        )
        for pipe in [output, errors] { try pipe.fileHandleForWriting.close() }
        // Its handlers block every other signal.
        let end = DispatchWorkItem { program.kill() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: end)
        defer { end.cancel() }
        var text = Data()
        while text.range(of: Data("Fatal error".utf8)) == nil {
            let bytes = errors.fileHandleForReading.availableData
            // Then it has ended without a trap.
            if bytes.isEmpty { break }
            text += bytes
        }
        // The handler has begun when the first thread blocks the signal. Then it waits for standard output.
        while program.end == nil, !blocks(SIGTERM, program.processIdentifier) { usleep(1_000) }
        kill(program.processIdentifier, SIGTERM)
        text += errors.fileHandleForReading.readDataToEndOfFile()
        withExtendedLifetime(output) {}
        return (program, String(decoding: text, as: UTF8.self))
    }

    /// Whether the first thread of a process blocks the signal.
    private static func blocks(_ signal: Int32, _ process: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let signals = line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) } ?? 0
        return signals & 1 << UInt64(signal - 1) != 0
    }

    @Test("A line that is logged while the process exits is written")
    func lineAtExit() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            // This runs after the function that setupLogging() sets.
            atexit { NumberedLines.log(Log("app"), 1) }
            setupLogging()
            NumberedLines.log(Log("app"), 0)
            exit(0)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.numbers == [0: [0, 1]])
    }

    @Test("A trap writes every line")
    func trap() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            setupLogging()
            let log = Log("app")
            // They fit into a pipe, because the reader may be slow.
            for number in 0..<100 { NumberedLines.log(log, number) }
            let empty: [Int] = []
            print(empty[empty.count])
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.count == 100)
        #expect(lines.hasNoGap)
    }

    @Test(
        "A signal that ends the process writes every line, to the file also, and the process ends by that signal",
        arguments: [
            SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGHUP, SIGINT, SIGQUIT, SIGTERM,
        ]
    )
    func signals(number: Int32) async throws {
        await #expect(processExitsWith: .success) { [number] in
            let file = try TemporaryFile()
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "1MiB", 1)
                setenv("LOG_FILE_PATH", file.path, 1)
                signal(number, SIG_DFL)
                setupLogging()
                let log = Log("app")
                NumberedLines.log(log, level: .error, 0)
                for number in 1..<100 { NumberedLines.log(log, number) }
                kill(getpid(), number)
                while true { pause() }
            }
            guard program.signal == number else { exit(3) }
            for text in [program.output, file.text ?? ""] {
                let lines = NumberedLines(text)
                guard lines.count == 100, lines.hasNoGap, lines.torn == 0 else { exit(4) }
            }
            exit(program.errors.isEmpty ? 0 : 5)
        }
    }

    @Test("SIGTERM while 8 threads log leaves the first lines of each thread, without a gap", arguments: 0..<10)
    func busySignal(round: Int) async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "256KiB", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                NumberedLines.log(threads: 8, each: .max)
            } meanwhile: { child, end, _ in
                var text = Data()
                var bytes = [UInt8](repeating: 0, count: 65_536)
                while text.count < 2_000_000 {
                    let count = read(end, &bytes, bytes.count)
                    if count <= 0 { exit(3) }
                    text += bytes.prefix(count)
                }
                kill(child, SIGTERM)
                while true {
                    let count = read(end, &bytes, bytes.count)
                    if count <= 0 { return String(decoding: text, as: UTF8.self) }
                    text += bytes.prefix(count)
                }
            }
            guard program.signal == SIGTERM else { exit(4) }
            let lines = NumberedLines(program.output)
            guard lines.torn == 0 else { exit(5) }
            guard lines.hasNoGap, lines.count > 5_000 else { exit(6) }
            exit(program.errors.isEmpty ? 0 : 7)
        }
    }

    @Test("SIGTERM ends a process whose reader has stopped, and stderr reports the number of lost lines")
    func stoppedReader() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "4MiB", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                let log = Log("app")
                for number in 0..<2_000 { NumberedLines.log(log, number) }
                raise(SIGTERM)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.hasNoGap, lines.torn == 0 else { exit(4) }
            guard program.lostLines > 0 else { exit(5) }
            exit(lines.count + program.lostLines == 2_000 ? 0 : 6)
        }
    }

    @Test("SIGTERM ends a process whose terminal nobody reads, and stderr reports the number of lost lines")
    func stoppedTerminal() async {
        await #expect(processExitsWith: .success) {
            guard let terminal = Terminal() else { exit(2) }
            let program = ForkedProgram {
                dup2(terminal.descriptor, 1)
                setenv("LOG_BUFFER", "4MiB", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                let log = Log("app")
                for number in 0..<2_000 { NumberedLines.log(log, number) }
                raise(SIGTERM)
            } meanwhile: { child, _, _ in
                // The handler blocks every signal but SIGKILL.
                Thread.detachNewThread {
                    sleep(40)
                    kill(child, SIGKILL)
                }
                return ""
            }
            guard program.signal == SIGTERM else { exit(3) }
            // The terminal passes on its text after a moment.
            endAfter(seconds: 60)
            var text: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while text.count(where: { $0 == UInt8(ascii: "\n") }) < 2_000 - program.lostLines {
                let count = read(terminal.reader, &bytes, bytes.count)
                if count <= 0 { exit(6) }
                text += bytes.prefix(count)
            }
            // The terminal may have taken a part of the next line.
            let lines = NumberedLines(String(decoding: text, as: UTF8.self))
            guard lines.hasNoGap, lines.torn <= 1, program.lostLines > 0 else { exit(4) }
            // On a busy machine the writer may have begun one long write, of which nobody knows how much was taken.
            exit(lines.count + program.lostLines >= 2_000 ? 0 : 5)
        }
    }

    @Test("SIGKILL loses only lines of the last moments, and tears none")
    func kill9() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "1MiB", 1)
                setupLogging()
                let log = Log("app")
                for number in 0..<100 { NumberedLines.log(log, number) }
                flushLogging()
                for number in 100..<200 { NumberedLines.log(log, number) }
                kill(getpid(), SIGKILL)
            }
            guard program.signal == SIGKILL else { exit(3) }
            let lines = NumberedLines(program.output)
            exit(lines.hasNoGap && lines.torn == 0 && (100...200).contains(lines.count) ? 0 : 4)
        }
    }

    @Test("The second of two signals writes every line, also if setupLogging() came while the signals were caught")
    func setUpWhileSignalsAreCaught() async throws {
        let result = await #expect(processExitsWith: .signal(SIGTERM), observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            try await withTerminationSignals { signals in
                setupLogging()
                let first = Gate()
                signals.onSignal { first.open() }
                kill(getpid(), SIGTERM)
                await first.pass()
                let log = Log("app")
                for number in 0..<100 { NumberedLines.log(log, number) }
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(600))
            }
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.numbers == [0: Array(0..<100)])
    }

    @Test("The application's handler of a signal stays")
    func ownHandler() async {
        await #expect(processExitsWith: .exitCode(42)) {
            setenv("LOG_BUFFER", "1MiB", 1)
            signal(SIGTERM) { _ in _exit(42) }
            signal(SIGINT, SIG_IGN)
            setupLogging()
            kill(getpid(), SIGINT)
            kill(getpid(), SIGTERM)
            while true { pause() }
        }
    }
}

/// The lines in the file of the environment.
private func linesOfFile() -> NumberedLines {
    let path = String(cString: getenv("LOG_FILE_PATH"))
    let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    return NumberedLines(text ?? "")
}
