import Foundation
import MALogger
import TestSupport
import Testing

/// Each test runs in its own process, because set-up changes the whole process.
@Suite("LOG_BUFFER", .timeLimit(.minutes(10)))
struct BufferedLoggingTests {
    private static func readText(_ end: Int32, until isComplete: (String) -> Bool) -> String {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while !isComplete(text) {
            let count = read(end, &bytes, bytes.count)
            if count <= 0 { exit(91) }
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        return text
    }

    /// Makes standard output a pipe and returns its other end.
    private static func makePipe() -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, dup2(ends[1], 1) == 1 else { exit(92) }
        close(ends[1])
        return ends[0]
    }

    @Test("Lines are written in batches of whole lines, in their order")
    func batches() async {
        await #expect(processExitsWith: .success) {
            // A reader of such a socket gets the bytes of one write at a time.
            var ends: [Int32] = [0, 0]
            guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0, dup2(ends[1], 1) == 1 else {
                exit(3)
            }
            setenv("LOG_BUFFER", "256KiB", 1)
            setupLogging()
            let log = Log("app")
            for number in 0..<300 { NumberedLines.log(log, number) }
            flushLogging()
            var text = ""
            var calls = 0
            var bytes = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = recv(ends[0], &bytes, bytes.count, Int32(MSG_DONTWAIT))
                if count <= 0 { break }
                guard bytes[count - 1] == UInt8(ascii: "\n") else { exit(4) }
                text += String(decoding: bytes.prefix(count), as: UTF8.self)
                calls += 1
            }
            let lines = NumberedLines(text)
            guard lines.count == 300, lines.hasNoGap, lines.torn == 0 else { exit(5) }
            exit(calls < 30 ? 0 : 6)
        }
    }

    @Test("A line of any level is written soon, without another line", arguments: [1, 3])
    func time(lines count: Int) async {
        await #expect(processExitsWith: .success) { [count] in
            alarm(120)
            let end = Self.makePipe()
            setenv("LOG_BUFFER", "1MiB", 1)
            setupLogging()
            let log = Log("app")
            // Only the first lines of a process and those after a pause wake the writer.
            for number in 0..<3 {
                for line in 0..<count { NumberedLines.log(log, level: .info, thread: line, number) }
                _ = Self.readText(end) { $0.split(separator: "\n").count == count && $0.hasSuffix("\n") }
                // The writer sleeps after a second without lines, and the next line must wake it.
                if number == 1 { usleep(1_300_000) }
            }
            exit(0)
        }
    }

    @Test("The call of an ERROR line returns when it is written, after all earlier lines")
    func error() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            setenv("LOG_BUFFER", "1MiB", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            let log = Log("app")
            for number in 0..<200 {
                let level = number % 10 == 9 ? LogLevel.error : number % 100 == 50 ? .critical : .warning
                NumberedLines.log(log, level: level, number)
                guard level >= .error else { continue }
                let lines = NumberedLines(file.text ?? "")
                guard lines.count == number + 1, lines.hasNoGap else { exit(3) }
            }
            exit(0)
        }
    }

    @Test("A line that is longer than the buffer is written whole, and in its thread's order")
    func longLines() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let file = try TemporaryFile()
            setenv("LOG_BUFFER", "16KiB", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            NumberedLines.log(threads: 4, each: 100, filling: 30_000)
            flushLogging()
            let lines = NumberedLines(file.text ?? "")
            exit(lines.count == 400 && lines.hasNoGap && lines.torn == 0 ? 0 : 3)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.count == 400)
        #expect(lines.hasNoGap && lines.torn == 0)
    }

    @Test("A full buffer blocks its callers until the reader continues, and loses nothing", arguments: [false, true])
    func block(isNonBlocking: Bool) async {
        await #expect(processExitsWith: .success) { [isNonBlocking] in
            alarm(120)
            let end = Self.makePipe()
            if isNonBlocking { _ = fcntl(1, F_SETFL, O_NONBLOCK) }
            setenv("LOG_BUFFER", "64KiB", 1)
            setupLogging()
            let ended = Locked(0)
            for thread in 0..<4 {
                Thread.detachNewThread {
                    let log = Log("app")
                    for number in 0..<2_000 { NumberedLines.log(log, thread: thread, number) }
                    if ended.change({
                        $0 += 1
                        return $0
                    }) == 4 {
                        flushLogging()
                        close(1)
                    }
                }
            }
            // The pipe and the buffer hold less than a tenth of the lines.
            while availableBytes(end) < 40_000 { usleep(100) }
            guard ended.value == 0 else { exit(3) }
            let text = String(
                decoding: FileHandle(fileDescriptor: end, closeOnDealloc: false).readDataToEndOfFile(),
                as: UTF8.self
            )
            let lines = NumberedLines(text)
            guard lines.count == 8_000, lines.hasNoGap, lines.torn == 0 else { exit(4) }
            exit(LostLines.now.dropped == 0 ? 0 : 5)
        }
    }

    @Test("LOG_BUFFER_FULL=drop: written lines and reported lines are all lines, and no WARNING is dropped")
    func drop() async {
        await #expect(processExitsWith: .success) {
            let program = ForkedProgram {
                setenv("LOG_BUFFER", "64KiB", 1)
                setenv("LOG_BUFFER_FULL", "drop", 1)
                setupLogging()
                let log = Log("app")
                for number in 0..<5_000 { NumberedLines.log(log, number) }
                guard LostLines.now.dropped > 1_000 else { _exit(3) }
                // The reader begins when it sees this text.
                writeToError("full\n")
                for number in 5_000..<10_000 {
                    NumberedLines.log(log, level: number % 100 == 0 ? .warning : .info, number)
                }
                flushLogging()
                writeToError("dropped \(LostLines.now.dropped)\n")
                exit(0)
            } meanwhile: { _, end, errors in
                var text = Data()
                var bytes = [UInt8](repeating: 0, count: 65_536)
                guard waitForText(errors) else { exit(9) }
                while true {
                    let count = read(end, &bytes, bytes.count)
                    if count <= 0 { return String(decoding: text, as: UTF8.self) }
                    text += bytes.prefix(count)
                }
            }
            guard program.signal == nil else { exit(4) }
            let lines = NumberedLines(program.output)
            guard lines.torn == 0, lines.isOrdered else { exit(5) }
            guard lines.count + lines.reportedLost == 10_000 else { exit(6) }
            guard program.errors.contains("dropped \(lines.reportedLost)\n") else { exit(7) }
            let warnings = lines.numbers[0]?.filter { $0 >= 5_000 && $0 % 100 == 0 }.count
            exit(warnings == 50 && lines.reportedLost > 1_000 ? 0 : 8)
        }
    }

    @Test("Lines that a closed pipe loses are counted, and the file gets all of them and the report")
    func closedPipe() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            alarm(120)
            let end = Self.makePipe()
            setenv("LOG_BUFFER", "64KiB", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            let log = Log("app")
            NumberedLines.log(log, 0)
            flushLogging()
            guard LostLines.now.standardOutput == 0 else { exit(3) }
            close(end)
            for number in 1...500 { NumberedLines.log(log, number) }
            flushLogging()
            guard LostLines.now.standardOutput >= 500, LostLines.now.standardOutput <= 510 else { exit(4) }
            guard LostLines.now.file == 0 else { exit(5) }
            // The report is logged behind the batch that failed.
            while !(file.text ?? "").contains("Standard output cannot be written") { usleep(1_000) }
            let lines = NumberedLines(file.text ?? "")
            exit(lines.count == 501 && lines.hasNoGap ? 0 : 6)
        }
    }

    @Test("8 threads write while the file is moved again and again: no line is lost or torn")
    func rotation() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            dup2(open("/dev/null", O_WRONLY), 1)
            setenv("LOG_BUFFER", "128KiB", 1)
            setenv("LOG_FILE_PATH", file.path, 1)
            setupLogging()
            let ended = Locked(false)
            Thread.detachNewThread {
                NumberedLines.log(threads: 8, each: 20_000)
                // All lines may be logged within a second, and then go to one file. This line opens another one.
                usleep(1_100_000)
                NumberedLines.log(Log("app"), thread: 8, 0)
                ended.change { $0 = true }
            }
            var rotations = 0
            while !ended.value {
                if rename(file.path, file.path + ".\(rotations)") == 0 { rotations += 1 }
                usleep(50_000)
            }
            flushLogging()
            let names = try FileManager.default.contentsOfDirectory(atPath: file.directory)
            var count = 0
            var seen: [Int: Set<Int>] = [:]
            for name in names {
                let lines = NumberedLines(file.text(at: file.directory + "/" + name) ?? "")
                guard lines.torn == 0, lines.isOrdered else { exit(3) }
                count += lines.count
                for (thread, numbers) in lines.numbers { seen[thread, default: []].formUnion(numbers) }
            }
            guard LostLines.now.file == 0, LostLines.now.standardOutput == 0 else { exit(4) }
            let isComplete = seen.count == 9 && (0..<8).allSatisfy { seen[$0] == Set(0..<20_000) }
            exit(count == 160_001 && isComplete && names.count > 1 ? 0 : 5)
        }
    }

    @Test("A bad size is reported by a WARNING line that names the choices, and lines are written directly")
    func badSize() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1M", 1)
            let setup = setupLogging()
            NumberedLines.log(Log("app"), 0)
            // Nothing writes a buffer at this end.
            _exit(setup.problems.count == 1 ? 0 : 3)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.count == 1)
        #expect(lines.reports.first?.contains("LOG_BUFFER is \"1M\", which is not a size") == true)
    }
}

private func writeToError(_ text: String) {
    _ = text.withCString { write(2, $0, strlen($0)) }
}
