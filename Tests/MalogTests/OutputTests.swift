import ContextPropagation
import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("malog: standard input and output", .timeLimit(.minutes(10)))
struct OutputTests {
    @Test(
        "Output that cannot be written is an error with a message and the status 2",
        arguments: [
            ["tail"], ["tail", "--json"], ["check"], ["stats"], ["trace", Lines.trace],
            ["trace", Lines.trace, "--svg", "-"], ["trace", Lines.trace, "--html", "-"], ["--help"],
        ]
    )
    func full(_ arguments: [String]) throws {
        let file = try write([Lines.otel()])
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var output = Output(descriptor: descriptor)
        var errors = ""
        let files = arguments == ["--help"] ? [] : [file.path]
        #expect(Malog.run(arguments + files, &output, isTerminal: false) { errors += $0 } == 2)
        #expect(errors == "malog: standard output: No space left on device\n")
    }

    @Test("A followed file is no longer read when the output cannot be written")
    func fullWhileFollowing() throws {
        let file = try write([Lines.otel()])
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var output = Output(descriptor: descriptor)
        var errors = ""
        #expect(Malog.run(["tail", "--follow", file.path], &output, isTerminal: false) { errors += $0 } == 2)
        #expect(errors == "malog: standard output: No space left on device\n")
    }

    @Test("A picture that cannot be written to its file is an error that names the file")
    func fullPicture() throws {
        let file = try write([Lines.otel()])
        let run = Run("trace", Lines.trace, "--svg", "/dev/full", file.path)
        #expect(run.status == 2)
        #expect(run.errors == "malog: /dev/full: No space left on device\n")
    }

    @Test("A reader that has gone is no error")
    func readerGone() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, close(ends[0]) == 0 else { exit(3) }
            var output = Output(descriptor: ends[1])
            var errors = ""
            let status = Malog.run(["--help"], &output, isTerminal: false) { errors += $0 }
            guard status == 0, errors.isEmpty else { exit(4) }
        }
    }

    @Test("All bytes arrive in a pipe that does not block its writer")
    func nonBlockingOutput() async throws {
        let line = Lines.otel()
        let count = 4 << 20
        let file = try write(Array(repeating: line, count: count / line.utf8.count))
        let expected = try #require(System.status(of: file.path)).size
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        let received = Promise<Int>()
        Thread.detachNewThread {
            // The reader begins when the pipe is full.
            var request = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
            while poll(&request, 1, 0) == 1 { sched_yield() }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            var sum = 0
            while true {
                let count = Foundation.read(reader, &bytes, bytes.count)
                if count <= 0 { break }
                sum += count
            }
            received.resolve(sum)
        }
        var output = Output(descriptor: writer)
        var errors = ""
        #expect(Malog.run(["tail", "--json", file.path], &output, isTerminal: false) { errors += $0 } == 0)
        close(writer)
        #expect(errors.isEmpty)
        #expect(await received.value == expected)
    }

    @Test("Standard input that does not block its reader is read to its end")
    func nonBlockingInput() async {
        await #expect(processExitsWith: .success) {
            var input: [Int32] = [0, 0]
            var printed: [Int32] = [0, 0]
            guard pipe(&input) == 0, pipe(&printed) == 0, dup2(input[0], 0) == 0,
                fcntl(0, F_SETFL, O_NONBLOCK) == 0
            else { exit(3) }
            let (writer, reader) = (input[1], printed[0])
            Thread.detachNewThread {
                // Each line is written when the previous one was printed, so that the program often waits for a line.
                var bytes = [UInt8](repeating: 0, count: 1 << 12)
                for number in 0..<200 {
                    let line = Lines.otel(message: "line \(number)") + "\n"
                    guard Foundation.write(writer, line, line.utf8.count) == line.utf8.count,
                        Foundation.read(reader, &bytes, bytes.count) == line.utf8.count
                    else { exit(4) }
                }
                close(writer)
            }
            var output = Output(descriptor: printed[1])
            var errors = ""
            let status = Malog.run(["tail", "--json"], &output, isTerminal: false) { errors += $0 }
            guard status == 0, errors.isEmpty else { exit(5) }
        }
    }
}
