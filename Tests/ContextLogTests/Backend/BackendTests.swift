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
}
