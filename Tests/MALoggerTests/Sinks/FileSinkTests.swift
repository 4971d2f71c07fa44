import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("The file of LOG_FILE_PATH", .timeLimit(.minutes(10)))
struct FileSinkTests {
    private func write(_ text: String, _ sink: FileSink, second: Int) -> SinkOutcome {
        Array((text + "\n").utf8).withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { sink.write($0, bytes.count, second) } ?? .same
        }
    }

    @Test("Lines are appended to an existing file")
    func appends() throws {
        let file = try TemporaryFile()
        try Data("before\n".utf8).write(to: URL(fileURLWithPath: file.path))
        #expect(write("line", FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH"), second: 1) == .same)
        #expect(file.text == "before\nline\n")
    }

    @Test("A moved file is opened again with the first line of the next second", arguments: [true, false])
    func rotation(isMoved: Bool) throws {
        let file = try TemporaryFile()
        let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
        _ = write("first", sink, second: 1)
        if isMoved {
            try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".1")
        } else {
            try FileManager.default.removeItem(atPath: file.path)
        }
        _ = write("in the same second", sink, second: 1)
        #expect(file.text == nil)
        _ = write("second", sink, second: 2)
        #expect(file.text == "second\n")
        if isMoved { #expect(file.text(at: file.path + ".1") == "first\nin the same second\n") }
        #expect(sink.lostLines == (isMoved ? 0 : 2))
    }

    @Test("The descriptor keeps its number when the file is opened again, and no other one stays open")
    func descriptor() throws {
        let file = try TemporaryFile()
        let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
        let descriptor = sink.usableDescriptor
        for second in 1...20 {
            #expect(write("line \(second)", sink, second: second) == .same)
            #expect(sink.usableDescriptor == descriptor)
            #expect(file.text == "line \(second)\n")
            #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC && fcntl(descriptor, F_GETFL) & O_NONBLOCK == 0)
            try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".\(second)")
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            return target?.contains(URL(fileURLWithPath: file.directory).lastPathComponent) == true
        }
        #expect(open == ["\(descriptor)"])
    }

    @Test("If other code has closed the descriptor, the file gets a new one and the lines")
    func closedDescriptor() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            let line = Array("line\n".utf8)
            close(sink.usableDescriptor)
            guard line.withUnsafeBufferPointer({ sink.write($0.baseAddress!, 5, 1) }) == .same else { exit(3) }
            exit(file.text == "line\n" ? 0 : 4)
        }
    }

    @Test("If other code has closed the descriptor and its number is another file's now, that file stays as it is")
    func takenDescriptor() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            let line = Array("line\n".utf8)
            let number = sink.usableDescriptor
            let other = open(file.path + ".other", O_RDWR | O_CREAT | O_APPEND, 0o600)
            guard other >= 0, dup2(other, number) == number else { exit(2) }
            guard line.withUnsafeBufferPointer({ sink.write($0.baseAddress!, 5, 1) }) == .same else { exit(3) }
            guard sink.usableDescriptor != number, file.text == "line\n" else { exit(4) }
            _ = Foundation.write(number, "other\n", 6)
            guard file.text(at: file.path + ".other") == "other\n" else { exit(5) }
            exit(file.text == "line\n" ? 0 : 6)
        }
    }

    @Test("The line about a removed file reports the number of lost lines")
    func removed() throws {
        let file = try TemporaryFile()
        let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
        for second in [1, 2, 2] { _ = write("line", sink, second: second) }
        try FileManager.default.removeItem(atPath: file.path)
        #expect(write("next", sink, second: 3) == .removed(lost: 2))
        #expect(write("next", sink, second: 3) == .same)
    }

    @Test("Lines that standard output wrote to the file are counted as lost when the file was removed")
    func removedStandardOutput() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            dup2(file.open(), 1)
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            guard sink.isStandardOutput else { exit(2) }
            func write(_ second: Int) -> SinkOutcome {
                let line = Array("line\n".utf8)
                return line.withUnsafeBufferPointer { sink.write($0.baseAddress!, 5, second) }
            }
            for second in [1, 2, 2] {
                guard write(second) == .same else { exit(3) }
            }
            unlink(file.path)
            guard write(3) == .removed(lost: 2), write(3) == .same, sink.lostLines == 2 else { exit(4) }
            exit(file.text == "line\nline\n" ? 0 : 5)
        }
    }

    @Test("The same for a batch of lines")
    func removedStandardOutputOfBatch() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            dup2(file.open(), 1)
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            guard sink.isStandardOutput else { exit(2) }
            for second in [1, 2] {
                guard Self.write(batch: "1\n2\n3\n", sink, second: second) == [] else { exit(3) }
            }
            unlink(file.path)
            guard Self.write(batch: "4\n5\n", sink, second: 3) == [.removed(lost: 3)] else { exit(4) }
            exit(file.text == "4\n5\n" && sink.lostLines == 3 ? 0 : 5)
        }
    }

    @Test("If standard output no longer goes to the file, the file gets the next line", arguments: [false, true])
    func replacedStandardOutput(isBatch: Bool) async {
        await #expect(processExitsWith: .success) { [isBatch] in
            let file = try TemporaryFile()
            dup2(file.open(), 1)
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            func write() -> Bool {
                if isBatch { return Self.write(batch: "1\n2\n", sink, second: 1) == [] }
                let line = Array("line\n".utf8)
                return line.withUnsafeBufferPointer { sink.write($0.baseAddress!, 5, 1) } == .same
            }
            guard sink.isStandardOutput, write(), file.text == "" else { exit(3) }
            dup2(open("/dev/null", O_WRONLY), 1)
            guard write(), !sink.isStandardOutput else { exit(4) }
            exit(file.text == (isBatch ? "1\n2\n" : "line\n") ? 0 : 5)
        }
    }

    private static func write(batch text: String, _ sink: FileSink, second: Int) -> [SinkOutcome] {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            sink.write(
                batch: bytes.baseAddress!,
                bytes.count,
                lines: text.split(separator: "\n").count,
                second: second,
                progress: { _ in },
                hasWritten: {},
                state: { _, _ in }
            )
        }
    }

    @Test("A path that is not UTF-8 names the file with exactly these bytes, which others may not read")
    func bytes() throws {
        let file = try TemporaryFile()
        let path = Array(file.directory.utf8) + [UInt8(ascii: "/"), 0xFF, 0xE9]
        #expect(write("line", FileSink(path: path, variable: "LOG_FILE_PATH"), second: 1) == .same)
        var status = stat()
        #expect(stat(path.map { CChar(bitPattern: $0) } + [0], &status) == 0)
        #expect(status.st_mode & 0o777 == 0o640)
        #expect(status.st_size == 5)
    }

    @Test("A new file after an incomplete line does not begin with an empty line")
    func rotationAfterTornLine() async {
        await #expect(processExitsWith: .success) {
            let file = try TemporaryFile()
            signal(SIGXFSZ, SIG_IGN)
            let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
            var limit = rlimit(rlim_cur: 10, rlim_max: .max)
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            let line = Array("a line longer than ten bytes\n".utf8)
            guard line.withUnsafeBufferPointer({ sink.write($0.baseAddress!, 29, 1) }) == .failed(EFBIG) else {
                exit(3)
            }
            limit.rlim_cur = 1_000
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".1")
            guard line.withUnsafeBufferPointer({ sink.write($0.baseAddress!, 29, 2) }) == .recovered(lost: 1) else {
                exit(4)
            }
            exit(file.text == "a line longer than ten bytes\n" ? 0 : 5)
        }
    }

    @Test("A named pipe without a reader counts as a path that cannot be opened, and does not block")
    func namedPipe() throws {
        let file = try TemporaryFile()
        try #require(mkfifo(file.path, 0o600) == 0)
        #expect(FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH").failure == ENXIO)
    }

    @Test("A path that cannot be opened is tried again, and the lost lines are counted")
    func opensLater() throws {
        let file = try TemporaryFile()
        try FileManager.default.removeItem(atPath: file.directory)
        let sink = FileSink(path: file.path.utf8, variable: "LOG_FILE_PATH")
        #expect(sink.failure == ENOENT)
        _ = write("lost", sink, second: 1)
        #expect(sink.lostLines == 1)
        try FileManager.default.createDirectory(atPath: file.directory, withIntermediateDirectories: true)
        _ = write("written", sink, second: 2)
        #expect(file.text == "written\n")
        #expect(sink.lostLines == 1)
    }
}
