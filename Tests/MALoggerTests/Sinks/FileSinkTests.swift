import Foundation
import TestSupport
import Testing

@testable import MALogger

@Suite("The file of LOG_FILE_PATH", .timeLimit(.minutes(1)))
struct FileSinkTests {
    private func write(_ text: String, _ sink: FileSink, second: Int) -> SinkOutcome {
        Array((text + "\n").utf8).withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { sink.write($0, bytes.count, second) } ?? .same
        }
    }

    @Test("Lines are appended to what is there")
    func appends() throws {
        let file = try TemporaryFile()
        try Data("before\n".utf8).write(to: URL(fileURLWithPath: file.path))
        #expect(write("line", FileSink(path: file.path), second: 1) == .same)
        #expect(file.text == "before\nline\n")
    }

    @Test("A file that is moved is opened anew with the first line of the next second", arguments: [true, false])
    func rotation(isMoved: Bool) throws {
        let file = try TemporaryFile()
        let sink = FileSink(path: file.path)
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
        #expect(sink.lostLines == 0)
    }

    @Test("A path that cannot be opened is tried again, and what was lost is counted")
    func opensLater() throws {
        let file = try TemporaryFile()
        try FileManager.default.removeItem(atPath: file.directory)
        let sink = FileSink(path: file.path)
        #expect(sink.failure == ENOENT)
        _ = write("lost", sink, second: 1)
        #expect(sink.lostLines == 1)
        try FileManager.default.createDirectory(atPath: file.directory, withIntermediateDirectories: true)
        _ = write("written", sink, second: 2)
        #expect(file.text == "written\n")
        #expect(sink.lostLines == 1)
    }
}
