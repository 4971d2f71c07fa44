import CMALoggerShims
import Foundation
import MALogger
import TestSupport
import Testing

/// Each test runs in its own process, because it ends the process.
@Suite("Lines of the buffer when SIGTERM comes while the writer is in a write", .timeLimit(.minutes(10)))
struct BufferStopTests {
    /// Everything that can be read until the last writer has closed its end.
    private static func text(_ end: Int32, bytesPerSecond: Int = .max) -> String {
        var text = Data()
        // Each read empties the pipe. On a busy machine, many small reads would be slower than the handler's patience.
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let start = ContinuousClock.now
        while true {
            while start.duration(to: .now) < .seconds(Double(text.count) / Double(bytesPerSecond)) { usleep(1_000) }
            let count = read(end, &bytes, bytes.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += bytes.prefix(count)
        }
    }

    @Test("SIGTERM while standard output's reader has stopped: the file gets every line, and no line of it is reported")
    func stoppedReaderBesideFile() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "4MiB", 1)
                setenv("LOG_FILE_PATH", file.path, 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                let log = Log("app")
                for number in 0..<3_000 { NumberedLines.log(log, number) }
                // The writer begins a batch, which the pipe cannot take as a whole.
                while availableBytes(1) == 0 { usleep(100) }
                for number in 3_000..<4_000 { NumberedLines.log(log, number) }
                raise(SIGTERM)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.hasNoGap, lines.torn == 0, lines.count < 3_000 else { exit(4) }
            let written = NumberedLines(file.text ?? "")
            guard written.count == 4_000, written.hasNoGap, written.torn == 0 else { exit(5) }
            guard !program.errors.contains("LOG_FILE_PATH") else { exit(6) }
            exit(lines.count + program.lostLines == 4_000 ? 0 : 7)
        }
    }

    @Test("SIGTERM while the file's reader has stopped: standard output gets every line, and stderr counts the others")
    func stoppedFile() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            guard mkfifo(file.path, 0o600) == 0 else { exit(2) }
            let fifo = open(file.path, O_RDONLY | O_NONBLOCK)
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "4MiB", 1)
                setenv("LOG_FILE_PATH", file.path, 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                let log = Log("app")
                for number in 0..<3_000 { NumberedLines.log(log, number) }
                while availableBytes(fifo) == 0 { usleep(100) }
                for number in 3_000..<4_000 { NumberedLines.log(log, number) }
                raise(SIGTERM)
            } meanwhile: { _, end, _ in
                Self.text(end)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.count == 4_000, lines.hasNoGap, lines.torn == 0 else { exit(4) }
            let written = NumberedLines(Self.text(fifo))
            guard written.hasNoGap, written.torn == 0, written.count < 3_000 else { exit(5) }
            guard !program.errors.contains("standard output") else { exit(6) }
            exit(written.count + program.lostLines == 4_000 ? 0 : 7)
        }
    }

    /// Logs lines while another thread logs a line that fits neither into a chunk of 32 KiB nor into a pipe, and then
    /// sends SIGTERM to the main thread, or to that other one.
    private static func logBesideLongLine(isToOther: Bool, filling: Int = 200_000) {
        let other = Locked<pthread_t?>(nil)
        Thread.detachNewThread {
            other.change { $0 = pthread_self() }
            NumberedLines.log(Log("long"), thread: 1, 0, filling: filling)
            while true { pause() }
        }
        while availableBytes(1) == 0 { usleep(100) }
        let log = Log("short")
        for number in 0..<80 { NumberedLines.log(log, number) }
        _ = "now\n".withCString { write(2, $0, 4) }
        pthread_kill(isToOther ? other.value ?? pthread_self() : pthread_self(), SIGTERM)
        while true { pause() }
    }

    @Test(
        "SIGTERM while a line that is longer than the buffer is written: it is whole, and so are the others",
        arguments: [false, true]
    )
    func longLine(isToOther: Bool) async {
        await #expect(processExitsWith: .success) { [isToOther] in
            for _ in 0..<5 {
                let file = try TemporaryFile()
                let program = ForkedProgram {
                    setenv("LOG_BUFFER", "64KiB", 1)
                    setenv("LOG_FILE_PATH", file.path, 1)
                    signal(SIGTERM, SIG_DFL)
                    setupLogging()
                    Self.logBesideLongLine(isToOther: isToOther)
                } meanwhile: { _, end, errors in
                    // The long line is in the pipe only in part.
                    guard waitForText(errors) else { exit(9) }
                    return Self.text(end)
                }
                guard program.signal == SIGTERM else { exit(3) }
                for text in [program.output, file.text ?? ""] {
                    let lines = NumberedLines(text)
                    guard lines.torn == 0 else { exit(4) }
                    guard lines.numbers == [0: Array(0..<80), 1: [0]] else { exit(5) }
                }
                guard program.errors == "now\n" else { exit(6) }
            }
            exit(0)
        }
    }

    @Test("SIGTERM while a slow reader reads a line that is longer than the buffer: it is whole, and so are the others")
    func slowReader() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "64KiB", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                Self.logBesideLongLine(isToOther: false, filling: 500_000)
            } meanwhile: { _, end, errors in
                guard waitForText(errors) else { exit(9) }
                return Self.text(end, bytesPerSecond: 300_000)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.torn == 0 else { exit(4) }
            guard lines.numbers == [0: Array(0..<80), 1: [0]] else { exit(5) }
            exit(program.errors == "now\n" ? 0 : 6)
        }
    }

    @Test("Captured text that finds no room in the buffer does not tear a long line that a slow reader reads")
    func capturedText() async {
        await #expect(processExitsWith: .success) {
            for _ in 0..<3 {
                let program = ForkedProgram {
                    setenv("LOG_BUFFER", "64KiB", 1)
                    setenv("LOG_CAPTURE", "stdout", 1)
                    signal(SIGTERM, SIG_DFL)
                    setupLogging()
                    Thread.detachNewThread {
                        NumberedLines.log(Log("long"), 0, filling: 1_500_000)
                        while true { pause() }
                    }
                    while availableBytes(CapturedOutput.standardOutput) == 0 { usleep(100) }
                    // Their lines need more than a chunk of 32 KiB, and the pipe holds all of them.
                    for number in 0..<500 { _ = "text \(number)\n".withCString { write(1, $0, strlen($0)) } }
                    _ = "now\n".withCString { write(2, $0, 4) }
                    raise(SIGTERM)
                } meanwhile: { _, end, errors in
                    guard waitForText(errors) else { exit(9) }
                    // The handler waits for a second for the thread that logs the text.
                    return Self.text(end, bytesPerSecond: 700_000)
                }
                guard program.signal == SIGTERM else { exit(3) }
                // On a busy machine this reader may be late by a second. The handler has then given the pipe up.
                if program.errors != "now\n" { continue }
                guard NumberedLines(program.output).numbers == [0: [0]] else { exit(4) }
                var texts: [String] = []
                for line in program.output.split(separator: "\n") {
                    guard let text = line.hasPrefix("text ") ? String(line) : message(line) else { continue }
                    // On a busy machine the handler may take the text over while a line of it is logged, and repeat it.
                    if text.hasPrefix("text "), text != texts.last { texts.append(text) }
                }
                guard texts == (0..<500).map({ "text \($0)" }) else { exit(5) }
                exit(0)
            }
            exit(6)
        }
    }

    @Test("SIGTERM while a slow reader of a socket reads a batch: every line is whole")
    func slowReaderOfSocket() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram(isSocket: true) {
                setenv("LOG_BUFFER", "4MiB", 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                let log = Log("app")
                for number in 0..<1_500 { NumberedLines.log(log, number) }
                _ = "now\n".withCString { write(2, $0, 4) }
                while true { pause() }
            } meanwhile: { child, end, errors in
                // The socket holds only a small part of the batch.
                guard waitForText(errors), waitForText(end) else { exit(9) }
                kill(child, SIGTERM)
                return Self.text(end, bytesPerSecond: 250_000)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.torn == 0 else { exit(4) }
            guard lines.numbers == [0: Array(0..<1_500)] else { exit(5) }
            exit(program.errors == "now\n" ? 0 : 6)
        }
    }

    @Test("Lines of other threads that are logged while the handler writes to a slow reader are written too")
    func linesMeanwhile() async {
        await #expect(processExitsWith: .success) {
            for _ in 0..<3 {
                let program = ForkedProgram {
                    setenv("LOG_BUFFER", "4MiB", 1)
                    signal(SIGTERM, SIG_DFL)
                    setupLogging()
                    let log = Log("app")
                    let isEnding = Locked(false)
                    Thread.detachNewThread {
                        while !isEnding.value { usleep(100) }
                        usleep(200_000)
                        for number in 0..<500 { NumberedLines.log(log, thread: 1, number) }
                        _ = "now\n".withCString { write(2, $0, 4) }
                    }
                    flushLogging()
                    // More than the pipe holds. The writer looks for lines after 100 ms.
                    for number in 0..<500 { NumberedLines.log(log, number) }
                    isEnding.change { $0 = true }
                    raise(SIGTERM)
                } meanwhile: { _, end, errors in
                    guard waitForText(errors) else { exit(9) }
                    return Self.text(end)
                }
                guard program.signal == SIGTERM else { exit(3) }
                let lines = NumberedLines(program.output)
                guard lines.hasNoGap, lines.torn == 0 else { exit(4) }
                if program.errors == "now\n" {
                    exit(lines.numbers == [0: Array(0..<500), 1: Array(0..<500)] ? 0 : 5)
                }
                // On a busy machine the other thread may be late by a second. The handler has then given the pipe up.
                guard program.lostLines > 0 else { exit(6) }
            }
            exit(7)
        }
    }

    @Test(
        "Lines that are logged while the handler writes to the file get to standard output, or are counted",
        arguments: [false, true]
    )
    func linesMeanwhileBesideFile(isStopped: Bool) async {
        await #expect(processExitsWith: .success) { [isStopped] in
            for _ in 0..<3 {
                let file = try TemporaryFile()
                guard mkfifo(file.path, 0o600) == 0 else { exit(2) }
                let fifo = open(file.path, O_RDONLY | O_NONBLOCK)
                let written = Locked("")
                let isRead = DispatchSemaphore(value: 0)
                let program = ForkedProgram {
                    setenv("LOG_BUFFER", "4MiB", 1)
                    setenv("LOG_FILE_PATH", file.path, 1)
                    signal(SIGTERM, SIG_DFL)
                    setupLogging()
                    let log = Log("app")
                    Thread.detachNewThread {
                        // The handler has left standard output.
                        while availableBytes(fifo) == 0 { usleep(100) }
                        for number in 0..<500 { NumberedLines.log(log, thread: 1, number) }
                        _ = "now\n".withCString { write(2, $0, 4) }
                        while true { pause() }
                    }
                    // More than a pipe holds. The writer looks for lines after 100 ms.
                    for number in 0..<500 { NumberedLines.log(log, number) }
                    raise(SIGTERM)
                } meanwhile: { _, end, errors in
                    Thread.detachNewThread {
                        guard waitForText(errors) else { exit(9) }
                        _ = fcntl(fifo, F_SETFL, 0)
                        let text = Self.text(fifo)
                        written.change { $0 = text }
                        isRead.signal()
                    }
                    return isStopped ? "" : Self.text(end)
                }
                isRead.wait()
                close(fifo)
                guard program.signal == SIGTERM else { exit(3) }
                let (lines, others) = (NumberedLines(program.output), NumberedLines(written.value))
                guard lines.hasNoGap, lines.torn == 0, others.hasNoGap, others.torn == 0 else { exit(4) }
                if !program.errors.contains("LOG_FILE_PATH") {
                    guard others.numbers == [0: Array(0..<500), 1: Array(0..<500)] else { exit(5) }
                    exit(lines.count + program.lostLines >= 1_000 ? 0 : 6)
                }
                // On a busy machine the reader of the named pipe may be late by a second. The handler has then given it
                // up.
            }
            exit(7)
        }
    }

    @Test("SIGTERM while 4 threads log: standard output and the file get the same lines", arguments: 0..<3)
    func sameLines(round: Int) async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "16MiB", 1)
                setenv("LOG_FILE_PATH", file.path, 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                for thread in 0..<4 {
                    Thread.detachNewThread {
                        let log = Log("app")
                        for number in 0... {
                            NumberedLines.log(log, thread: thread, number)
                            usleep(10)
                        }
                    }
                }
                while true { pause() }
            } meanwhile: { child, end, _ in
                guard waitForText(end) else { exit(9) }
                kill(child, SIGTERM)
                return Self.text(end)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let (lines, others) = (NumberedLines(program.output), NumberedLines(file.text ?? ""))
            guard lines.torn == 0, lines.hasNoGap, others.torn == 0, others.hasNoGap else { exit(4) }
            guard !program.errors.contains("LOG_FILE_PATH"), lines.count > 0 else { exit(5) }
            // On a busy machine this reader may be too slow. A write that goes on then takes lines that are counted.
            if program.lostLines == 0 { exit(lines.numbers == others.numbers ? 0 : 6) }
            exit(lines.count + program.lostLines >= others.count ? 0 : 7)
        }
    }

    @Test("A reader that goes on steadily, but too slowly, gets lines only for a limited time")
    func budget() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { exit(2) }
            let reading = ends[0]
            Thread.detachNewThread {
                var bytes = [UInt8](repeating: 0, count: 4_096)
                while read(reading, &bytes, bytes.count) > 0 { usleep(20_000) }
            }
            // The reader would need 20 seconds.
            let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 4 << 20)
            var budget: Int64 = 500_000
            let written = malogc_write_out(ends[1], lines, lines.count, &budget)
            exit(written > 0 && written < lines.count && budget <= 0 ? 0 : 3)
        }
    }

    @Test(
        "SIGTERM while the reader stops in a line that is longer than the buffer: it is counted, and the file gets it",
        arguments: [false, true]
    )
    func stoppedLongLine(isToOther: Bool) async {
        await #expect(processExitsWith: .success) { [isToOther] in
            let file = try TemporaryFile()
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "64KiB", 1)
                setenv("LOG_FILE_PATH", file.path, 1)
                signal(SIGTERM, SIG_DFL)
                setupLogging()
                Self.logBesideLongLine(isToOther: isToOther)
            }
            guard program.signal == SIGTERM else { exit(3) }
            let lines = NumberedLines(program.output)
            guard lines.torn == 1, lines.count == 0 else { exit(4) }
            let written = NumberedLines(file.text ?? "")
            guard written.torn == 0, written.numbers == [0: Array(0..<80), 1: [0]] else { exit(5) }
            exit(program.lostLines == 81 && !program.errors.contains("LOG_FILE_PATH") ? 0 : 6)
        }
    }
}

/// The message of a line.
private func message(_ line: Substring) -> String? {
    (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["message"] as? String
}
