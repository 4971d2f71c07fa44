import ContextLog
import ContextPropagation
import Foundation
import Synchronization
import Testing

/// Stores the messages of its lines, and passes the lines on.
private final class Recorder: LogBackend {
    let messages = Mutex<[String]>([])
    let next: (any LogBackend)?

    init(next: (any LogBackend)? = nil) { self.next = next }

    func log(_ event: borrowing Log.Event) {
        let message = event.message
        messages.withLock { $0.append(message) }
        next?.log(event)
    }
}

@Suite("Backends", .timeLimit(.minutes(10)))
struct BackendTests {
    @Test(
        "install returns the previous backend, which the new backend can wrap, and lines go to the new one"
    )
    func install() async {
        await #expect(processExitsWith: .success) {
            let first = Recorder()
            guard Log.install(first) == nil else { exit(3) }
            let log = Log("app")
            log.info("one")
            guard let previous = Log.install(Recorder()), previous === first else { exit(4) }
            let outer = Recorder(next: previous)
            Log.install(outer)
            log.info("two")
            guard first.messages.withLock({ $0 == ["one", "two"] }) else { exit(5) }
            guard outer.messages.withLock({ $0 == ["two"] }) else { exit(6) }
            exit(0)
        }
    }

    @Test("Before a backend is installed, lines of INFO and above go to stderr as text, one line each")
    func standardError() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            struct Boom: Error {}
            let log = Log("app.main").with { $0.a = 1 }
            log.debug("not seen")
            log.info("two\nlines \u{1B}[31m") {
                $0.text = "a\nb"
                $0.list = ["x\n"]
                $0.big = UInt64.max
            }
            log.error("failed", error: Boom())
            let trace = TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c)
            withLogContext(LogContext(traceID: trace, executionID: "run 1", taskID: "decode")) { log.info("with IDs") }
            exit(0)
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines.contains(
                #"INFO app.main: two\nlines \u001b[31m a=1 text=a\nb list=["x\n"] big=18446744073709551615"#
            ),
            "\(text)"
        )
        #expect(lines.contains("ERROR app.main: failed a=1 error=Boom()"), "\(text)")
        #expect(lines.first?.hasPrefix("NOTICE ma-logger: setupLogging() was not called") == true, "\(text)")
        #expect(lines.filter { $0.contains("setupLogging()") }.count == 1, "\(text)")
        #expect(
            lines.contains {
                $0.hasPrefix(
                    #"INFO app.main: with IDs a=1 trace_id=0af7651916cd43dd8448eb211c80319c execution_id=run 1 task_id=decode"#
                )
            },
            "\(text)"
        )
        #expect(!text.contains("not seen"))
    }

    @Test("Without a backend, a non-blocking stderr with a slow reader gets every line as a whole")
    func slowStandardError() async {
        await #expect(processExitsWith: .success) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else { exit(3) }
            // F_SETPIPE_SZ: the pipe holds few lines, and takes a part of a line that is longer than a page.
            _ = fcntl(ends[1], 1031, 4096)
            guard dup2(ends[1], 2) == 2 else { exit(4) }
            close(ends[1])
            let reading = ends[0]
            let text = Mutex<[UInt8]>([])
            let reader = Thread {
                var piece = [UInt8](repeating: 0, count: 256)
                while true {
                    let count = read(reading, &piece, piece.count)
                    if count <= 0 { break }
                    text.withLock { $0 += piece.prefix(count) }
                }
            }
            reader.start()
            @Sendable func message(_ number: Int) -> String {
                "\(number) " + String(repeating: "x", count: number % 10 == 0 ? 10_000 : 1_000)
            }
            let threads = (0..<2).map { thread in
                Thread { for number in 0..<500 { Log("app.\(thread)").info("\(message(number))") } }
            }
            for thread in threads { thread.start() }
            while threads.contains(where: { !$0.isFinished }) { usleep(100) }
            close(2)
            while !reader.isFinished { usleep(100) }
            let lines = String(decoding: text.withLock { $0 }, as: UTF8.self).split(separator: "\n")
            for thread in 0..<2 {
                let begin = "INFO app.\(thread): "
                let found = lines.filter { $0.hasPrefix(begin) }.map { $0.dropFirst(begin.count) }
                guard found.elementsEqual((0..<500).map(message), by: { $0 == $1 }) else { exit(5) }
            }
            // The first line of one thread has the notice about set-up in front of it.
            exit(lines.count == 1_001 ? 0 : 6)
        }
    }
}
