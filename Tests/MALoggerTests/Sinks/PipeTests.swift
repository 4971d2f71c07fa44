import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MALogger

@Suite("Lines on a pipe", .timeLimit(.minutes(10)))
struct PipeTests {
    /// Returns the bytes from a pipe until its last writer closes it.
    private func drained(_ body: (_ writingEnd: Int32) throws -> Void) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let received = Mutex(Data())
        let group = DispatchGroup()
        group.enter()
        // A separate thread reads, because all threads of the cooperative pool may be in tests that wait for room in
        // their pipes.
        let reader = Thread {
            let data = reading.readDataToEndOfFile()
            received.withLock { $0 = data }
            group.leave()
        }
        reader.start()
        defer { group.wait() }
        do {
            defer { close(ends[1]) }
            try body(ends[1])
        }
        group.wait()
        return String(decoding: received.withLock { $0 }, as: UTF8.self)
    }

    @Test("Many threads write lines far longer than a pipe's capacity beside short ones, and tear none")
    func manyThreads() throws {
        let threads = 8
        let each = 60
        let text = try drained { end in
            let log = LineRouter.log(to: LineBackend(settings: LogSettings([:]), standardOutput: end))
            DispatchQueue.concurrentPerform(iterations: threads) { thread in
                for number in 0..<each {
                    let count = number.isMultiple(of: 3) ? 70_000 : number.isMultiple(of: 2) ? 5000 : 10
                    log.info("line") {
                        $0.thread = thread
                        $0.number = number
                        $0.text = String(repeating: "\(thread)", count: count)
                    }
                }
            }
        }
        var numbers = [Int](repeating: 0, count: threads)
        for line in lines(of: text) {
            let attributes = try JSONLine(line).attributes
            guard case .integer(let thread)? = attributes?["thread"], case .string(let filling)? = attributes?["text"]
            else {
                Issue.record("a line without its fields: \(line.prefix(200))")
                continue
            }
            #expect(attributes?["number"] == .integer(numbers[thread]))
            #expect(filling.utf8.allSatisfy { $0 == UInt8(ascii: "0") + UInt8(thread) })
            numbers[thread] += 1
        }
        #expect(numbers == [Int](repeating: each, count: threads))
    }

    @Test("A non-blocking pipe gets each line complete")
    func nonBlocking() throws {
        let filling = String(repeating: "x", count: 200_000)
        let text = try drained { end in
            try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0)
            let backend = LineBackend(settings: LogSettings([:]), standardOutput: end)
            let log = LineRouter.log(to: backend)
            for _ in 0..<3 { log.info("long") { $0.text = filling } }
            #expect(backend.standardOutput.lostLines == 0)
        }
        let messages = try lines(of: text).map { try JSONLine($0).attributes?["text"] }
        #expect(messages == [.string(filling), .string(filling), .string(filling)])
    }

    @Test("Short lines wait for a full pipe outside of the lock, and a long line waits for them")
    func fullPipe() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let sink = StandardOutputSink(descriptor: ends[1])
        let filling = [UInt8](repeating: 10, count: 4096)
        let short = Array("short\n".utf8)
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 9000) + [10]
        // This pipe takes 16 such lines, and no byte more.
        filling.withUnsafeBufferPointer { for _ in 0..<16 { _ = sink.write($0.baseAddress!, $0.count, 1) } }
        let blocked = Atomic(0)
        let group = DispatchGroup()
        for line in [short, short, long] {
            group.enter()
            Thread.detachNewThread {
                blocked.add(1, ordering: .relaxed)
                line.withUnsafeBufferPointer { _ = sink.write($0.baseAddress!, $0.count, 1) }
                group.leave()
            }
        }
        while blocked.load(ordering: .relaxed) < 3 { sched_yield() }
        let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: false)
        var text = Data()
        while text.count < 16 * 4096 + 2 * short.count + long.count { text += reading.availableData }
        group.wait()
        close(ends[1])
        let lines = text.dropFirst(16 * 4096).split(separator: 10).map { $0.count }
        #expect(lines.sorted() == [5, 5, 9000])
    }

    @Test("A descriptor that becomes a pipe after set-up keeps long lines whole from the next second on")
    func becomesPipe() throws {
        let descriptor = open("/dev/null", O_WRONLY)
        defer { close(descriptor) }
        let sink = StandardOutputSink(descriptor: descriptor)
        _ = [UInt8(10)].withUnsafeBufferPointer { sink.write($0.baseAddress!, 1, 1) }
        let long = FileDescriptor.wholePipeWrite + 1
        #expect(sink.enter(long) == .device)
        let text = try drained { end in
            dup2(end, descriptor)
            _ = [UInt8(10)].withUnsafeBufferPointer { sink.write($0.baseAddress!, 1, 2) }
            dup2(open("/dev/null", O_WRONLY), descriptor)
        }
        #expect(sink.enter(long) == .other)
        #expect(text == "\n")
    }
}
