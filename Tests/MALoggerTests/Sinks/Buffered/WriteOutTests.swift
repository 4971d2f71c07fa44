import CMALoggerShims
import Foundation
import TestSupport
import Testing

/// The function by which the handler of a fatal signal writes. Each test runs in its own process, which ends if the
/// function blocks.
@Suite("Writes of a signal handler", .timeLimit(.minutes(10)))
struct WriteOutTests {
    private static let lines = (0..<2_000).flatMap { Array("line \($0)\n".utf8) }

    /// Writes the lines within a limited time.
    private static func write(to descriptor: Int32) -> Int {
        var budget = Int64(malogc_write_budget)
        return malogc_write_out(descriptor, lines, lines.count, &budget)
    }

    /// Reads until `count` bytes have come.
    private static func read(_ count: Int, from descriptor: Int32) -> [UInt8] {
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while text.count < count {
            let count = Foundation.read(descriptor, &bytes, bytes.count)
            if count <= 0 { exit(20) }
            text += bytes.prefix(count)
        }
        return text
    }

    /// Fills a terminal with this number of bytes. Returns the number of bytes that it takes without a reader.
    private static func fill(_ terminal: Terminal, _ limit: Int) -> Int {
        let flags = fcntl(terminal.descriptor, F_GETFL)
        _ = fcntl(terminal.descriptor, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(terminal.descriptor, F_SETFL, flags) }
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64)
        var filled = 0
        // The system moves the bytes to the reader's side after a moment, and then takes more.
        for _ in 0..<10 {
            while filled < limit {
                let count = Foundation.write(terminal.descriptor, piece, min(piece.count, limit - filled))
                if count <= 0 { break }
                filled += count
            }
            usleep(10_000)
        }
        return filled
    }

    /// Whether a write to the descriptor does not wait.
    private static func isReady(_ descriptor: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&ready, 1, 0) == 1
    }

    @Test("A terminal that says it is ready, but has too little room, does not block them and gets the first lines")
    func terminal() async {
        await #expect(processExitsWith: .success) {
            guard let full = Terminal(), let terminal = Terminal() else { exit(2) }
            endAfter(seconds: 60)
            let flags = fcntl(terminal.descriptor, F_GETFL)
            let filled = Self.fill(full, .max) - 1_024
            guard filled > 0 else { exit(3) }
            var rest = filled
            while rest > 0 { rest -= Self.fill(terminal, rest) }
            while !Self.isReady(terminal.descriptor) { usleep(1_000) }
            let written = Self.write(to: terminal.descriptor)
            guard written > 0, written < Self.lines.count else { exit(4) }
            guard fcntl(terminal.descriptor, F_GETFL) == flags else { exit(5) }
            let text = Self.read(filled + written, from: terminal.reader)
            exit(Array(text.dropFirst(filled)) == Array(Self.lines.prefix(written)) ? 0 : 6)
        }
    }

    @Test("A terminal with a reader gets every line, and so does a pipe", arguments: [true, false])
    func reader(isTerminal: Bool) async {
        await #expect(processExitsWith: .success) { [isTerminal] in
            let terminal = isTerminal ? Terminal() : nil
            guard let (reader, descriptor) = isTerminal ? terminal?.ends : Self.pipe() else { exit(2) }
            endAfter(seconds: 60)
            let flags = fcntl(descriptor, F_GETFL)
            let text = Locked<[UInt8]>()
            let isRead = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                let all = Self.read(Self.lines.count, from: reader)
                text.change { $0 = all }
                isRead.signal()
            }
            guard Self.write(to: descriptor) == Self.lines.count else { exit(3) }
            isRead.wait()
            exit(text.value == Self.lines && fcntl(descriptor, F_GETFL) == flags ? 0 : 4)
        }
    }

    @Test("A pipe gets every line also if the process can open no more descriptors")
    func noDescriptor() async {
        await #expect(processExitsWith: .success) {
            guard let (reader, descriptor) = Self.pipe() else { exit(2) }
            endAfter(seconds: 60)
            var limit = rlimit(rlim_cur: 1, rlim_max: 1)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(3) }
            guard dup(descriptor) < 0 else { exit(6) }
            let isRead = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                if Self.read(Self.lines.count, from: reader) == Self.lines { isRead.signal() } else { exit(4) }
            }
            guard Self.write(to: descriptor) == Self.lines.count else { exit(5) }
            isRead.wait()
            exit(0)
        }
    }

    @Test("Lines to the side of a terminal from which its programs read go to that terminal")
    func multiplexer() async {
        await #expect(processExitsWith: .success) {
            guard let terminal = Terminal() else { exit(2) }
            endAfter(seconds: 60)
            let text = Array("text\n".utf8)
            var budget = Int64(malogc_write_budget)
            guard malogc_write_out(terminal.reader, text, text.count, &budget) == text.count else { exit(3) }
            exit(Self.read(text.count, from: terminal.descriptor) == text ? 0 : 4)
        }
    }

    private static func pipe() -> (Int32, Int32)? {
        var ends: [Int32] = [0, 0]
        return Foundation.pipe(&ends) == 0 ? (ends[0], ends[1]) : nil
    }
}
