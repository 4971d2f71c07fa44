import ContextPropagation
import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("malog tail", .timeLimit(.minutes(10)))
struct TailTests {
    @Test("A line of each schema is printed for people")
    func readable() throws {
        let file = try write(Lines.allSchemas.dropLast().map(\.line))
        let lines = Run("tail", file.path).output.split(separator: "\n")
        #expect(lines.count == 4)
        for line in lines {
            #expect(line.hasPrefix("11:10:43.623865 INFO     pipeline.camera  frame captured  frame=17"))
            #expect(line.hasSuffix("trace=0af76519 execution=4LRT2TBc task=camera-1"))
        }
    }

    @Test("Colours are only for terminals, unless they are asked for")
    func colors() throws {
        let file = try write([Lines.otel(level: "ERROR", message: "\\u001b[2Jboom")])
        #expect(!Run("tail", file.path).output.contains("\u{1B}"))
        let colored = Run("tail", "--color", file.path).output
        #expect(colored.contains("\u{1B}[31mERROR\u{1B}[0m"))
        #expect(!colored.contains("\u{1B}[2J"))
    }

    @Test(
        "Filters let only the wanted lines through",
        arguments: [
            (["--level", "warn"], ["c"]), (["--logger", "db"], ["b", "c"]), (["--logger", "db.pool"], ["c"]),
            (["--trace", "1a"], ["b"]), (["--trace", "1af7651916cd43dd8448eb211c80319c"], ["b"]),
            (["--execution", "run-2"], ["c"]), (["--task", "t3"], ["c"]), (["--span", "c7ad"], ["c"]),
            (["--id", "t3"], ["c"]), (["--id", "1af7"], ["b"]), (["--id", "zzz"], []), (["--service", "other"], ["a"]),
            (["--grep", "\"frame\":17"], ["a", "b", "c"]), (["-n", "1"], ["c"]),
            (["-n", "1", "--logger", "web"], ["a"]),
        ]
    )
    func filters(_ arguments: [String], _ messages: [String]) throws {
        let file = try write([
            Lines.otel(message: "a", service: "other", logger: "web"),
            Lines.otel(message: "b", logger: "db", trace: "1af7651916cd43dd8448eb211c80319c", span: "a7ad6b7169203331"),
            Lines.otel(
                level: "ERROR",
                message: "c",
                logger: "db.pool",
                execution: "run-2",
                task: "t3",
                span: "c7ad6b7169203331"
            ),
        ])
        var output = Output(descriptor: nil)
        #expect(Malog.run(["tail", "--json"] + arguments + [file.path], &output, isTerminal: false) { _ in } == 0)
        let lines = output.text.split(separator: "\n").map { $0.split(separator: "\"")[11] }
        #expect(lines.map { String($0) } == messages)
    }

    @Test("The ID of a trace may be a UUID or upper-case digits", arguments: ["--trace", "--id"])
    func copiedTrace(option: String) throws {
        let other = Lines.otel(trace: "1af7651916cd43dd8448eb211c80319c", span: "c7ad6b7169203331")
        let file = try write([other, Lines.otel(), Lines.otel(trace: "ORDER-A", span: nil)])
        let uuid = "0af76519-16cd-43dd-8448-eb211c80319c"
        for id in [Lines.trace, Lines.trace.uppercased(), uuid, uuid.uppercased(), "0AF76519"] {
            #expect(Run("tail", "--json", option, id, file.path).output == Lines.otel() + "\n", "\(id)")
        }
        #expect(Run("tail", "--json", option, "ORDER-A", file.path).output.contains("ORDER-A"))
        #expect(Run("tail", "--json", option, "order-a", file.path).output.isEmpty)
    }

    @Test("A line that is no log line is printed as it is, and counted with its place")
    func foreign() throws {
        let file = try write([Lines.otel(), "Segmentation fault"])
        let run = Run("tail", file.path)
        #expect(run.output.hasSuffix("Segmentation fault\n"))
        #expect(run.errors.contains("1 line is not a log line; the first: \(file.path):2: not a JSON object"))
        #expect(!Run("tail", "--level", "info", file.path).output.contains("Segmentation"))
    }

    @Test("A long line of another program is printed whole, and one that is too long has a mark")
    func longForeign() throws {
        let long = String(repeating: "x", count: 200_000)
        let tooLong = String(repeating: "y", count: BlockBuffer.lineLimit)
        let file = try write([long, tooLong, "end"])
        let lines = Run("tail", file.path).output.split(separator: "\n")
        try #require(lines.map(\.count) == [200_000, 4096, 3])
        #expect(lines[1].hasSuffix("y…"))
    }

    @Test("Lines of exported spans are counted, and --json prints them if there is no filter")
    func spans() throws {
        let file = try write([Lines.spans(), Lines.otel(), Lines.spans()])
        let message = "malog tail: left out 2 lines of exported spans; malog trace draws them\n"
        let run = Run("tail", file.path)
        #expect(run.output.split(separator: "\n").count == 1 && run.errors == message)
        let json = Run("tail", "--json", file.path)
        #expect(json.output == [Lines.spans(), Lines.otel(), Lines.spans(), ""].joined(separator: "\n"))
        #expect(json.errors.isEmpty)
        let filtered = Run("tail", "--json", "--level", "info", file.path)
        #expect(filtered.output == Lines.otel() + "\n" && filtered.errors == message)
    }

    @Test("JSON on a terminal has no control characters, and in a pipe it has every byte")
    func terminal() throws {
        let line = Lines.otel(message: "a\u{9B}2Jb\u{7F}")
        let file = try write([line])
        for arguments in [["tail", "--json"], ["tail", "--json", "-n", "1"]] {
            for isTerminal in [true, false] {
                var output = Output(descriptor: nil)
                _ = Malog.run(arguments + [file.path], &output, isTerminal: isTerminal) { _ in }
                let message = isTerminal ? "a\u{FFFD}2Jb\u{FFFD}" : "a\u{9B}2Jb\u{7F}"
                #expect(output.text == Lines.otel(message: message) + "\n")
            }
        }
    }

    @Test("The lines of a pipe are printed as they come, also with --follow, and a pipe is followed alone")
    func pipe() async throws {
        let file = try TemporaryFile()
        let path = file.path + ".pipe"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        for names in [[path, file.path], [file.path, "-"]] {
            var output = Output(descriptor: nil)
            var errors = ""
            let status = Malog.run(["tail", "-f"] + names, &output, isTerminal: false) { errors += $0 }
            #expect(status == 2 && errors.contains("is a pipe and not a file; follow it alone"), "\(errors)")
        }

        let printed = Pipe()
        let ended = Promise<Int32>()
        let descriptor = printed.fileHandleForWriting.fileDescriptor
        Thread.detachNewThread {
            var output = Output(descriptor: descriptor)
            ended.resolve(Malog.run(["tail", "--follow", path], &output, isTerminal: false) { _ in })
        }
        let input = open(path, O_WRONLY | O_CLOEXEC)
        append(Lines.otel(message: "first") + "\n", input)
        var request = pollfd(fd: printed.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&request, 1, 60_000) == 1, "the line is not printed while the pipe is open")
        close(input)
        #expect(await ended.value == 0)
        #expect(String(decoding: printed.fileHandleForReading.availableData, as: UTF8.self).contains(" first "))
    }

    @Test("A followed file is read on when it grows, is replaced or is emptied")
    func follow() throws {
        let file = try write(["one"])
        var lines: [String] = []
        func read(_ followed: FollowedFile) throws {
            let failure = try followed.read { block in
                block.forEachLine { line in
                    let end = block.lineFeed(from: line)
                    lines.append(String(decoding: UnsafeBufferPointer(start: line, count: end - line), as: UTF8.self))
                    return end
                }
            }
            #expect(failure == nil)
        }
        let followed = try FollowedFile(file.path)
        try read(followed)
        #expect(lines == ["one"])

        var writer = file.open()
        append("two\nthr", writer)
        try read(followed)
        #expect(lines == ["one", "two"])
        append("ee\n", writer)
        try read(followed)
        #expect(lines == ["one", "two", "three"])

        #expect(rename(file.path, file.path + ".1") == 0)
        append("late\n", writer)
        let next = file.open()
        append("new\n", next)
        try read(followed)
        #expect(lines.suffix(2) == ["late", "new"])
        append("later\n", writer)
        try read(followed)
        #expect(lines.last == "later")
        close(writer)

        writer = next
        #expect(truncate(file.path, 0) == 0)
        append("x\n", writer)
        try read(followed)
        #expect(lines.last == "x")
        close(writer)
    }

    @Test("A file that replaces a followed one and cannot be opened is reported once, and followed when it can be")
    func unreadableReplacement() throws {
        let file = try write(["one"])
        let followed = try FollowedFile(file.path)
        var bytes = 0
        func read() throws -> String? { try followed.read { bytes += $0.count }?.description }
        #expect(try read() == nil && bytes == 4)

        // Nobody can open a socket as a file, not even root.
        let sockets = try (0..<2).map { _ in try socket(at: file.path) }
        defer { for socket in sockets { close(socket) } }
        let reason = "\(file.path): \(String(cString: strerror(ENXIO)))"
        #expect(try read() == reason)
        #expect(try read() == nil)
        #expect(rename(file.path, file.path + ".2") == 0)
        #expect(try read() == nil)
        #expect(rename(file.path + ".1", file.path) == 0)
        #expect(try read() == reason, "another file")

        #expect(unlink(file.path) == 0)
        let writer = file.open()
        append("new\n", writer)
        close(writer)
        #expect(try read() == nil && bytes == 8)
    }

    /// Gives the name of a file to a new socket, and the name with `.1` to the file.
    private func socket(at path: String) throws -> Int32 {
        #expect(rename(path, path + ".1") == 0)
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
        return descriptor
    }

    @Test("A read error ends malog tail, also with --follow", arguments: [[], ["--follow"]])
    func readError(options: [String]) {
        var output = Output(descriptor: nil)
        var errors = ""
        // The first page of the memory of a process is not readable.
        let arguments = ["tail"] + options + ["/proc/self/mem"]
        #expect(Malog.run(arguments, &output, isTerminal: false) { errors += $0 } == 2)
        #expect(errors.hasPrefix("malog: /proc/self/mem: ") && errors.hasSuffix("\n"), "\(errors)")
    }

    @Test("A watch wakes up when a file is written, and when a new one gets its name")
    func watch() async throws {
        let file = try write(["one"])
        let watch = FileWatch([file.path])
        let writer = file.open()
        append("two\n", writer)
        close(writer)
        let isWritten = watch.wait()
        #expect(rename(file.path, file.path + ".1") == 0)
        let isRenamed = watch.wait()
        #expect(isWritten && isRenamed)
    }

    private func append(_ text: String, _ descriptor: Int32) {
        #expect(Foundation.write(descriptor, text, text.utf8.count) == text.utf8.count)
    }
}
