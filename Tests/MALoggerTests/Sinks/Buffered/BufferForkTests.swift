import Foundation
import MALogger
import TestSupport
import Testing

@_silgen_name("fork") private func systemFork() -> pid_t

@Suite("The buffer of a forked child", .timeLimit(.minutes(10)))
struct BufferForkTests {
    @Test("A child writes its lines directly, and no line of its parent; the parent is unaffected")
    func child() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            setupLogging()
            let log = Log("app")
            for number in 0..<50 { NumberedLines.log(log, number) }
            let child = systemFork()
            if child == 0 {
                endAfter(seconds: 60)
                for number in 0..<50 { NumberedLines.log(log, level: .error, thread: 1, number) }
                flushLogging()
                exit(0)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            for number in 50..<100 { NumberedLines.log(log, number) }
            exit(status)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.numbers == [0: Array(0..<100), 1: Array(0..<50)])
    }

    @Test("Many children are forked while threads log: each child logs, and no line is lost, repeated or torn")
    func busyParent() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "64KiB", 1)
            setupLogging()
            // Swift makes a generic type when it is first used, under a lock that a child would inherit. So each kind
            // of line is logged before the first fork, and no thread ends before the last one.
            NumberedLines.log(Log("app"), level: .error, thread: 99, 0)
            flushLogging()
            let begun = Locked(0)
            let forked = Locked(0)
            let ended = Locked(0)
            for thread in 0..<4 {
                Thread.detachNewThread {
                    let log = Log("app")
                    for number in 0..<5_000 {
                        NumberedLines.log(log, thread: thread, number)
                        if number == 500 { begun.change { $0 += 1 } }
                    }
                    while forked.value < 50 { usleep(100) }
                    ended.change { $0 += 1 }
                }
            }
            while begun.value < 4 { usleep(100) }
            for child in 0..<50 {
                let process = systemFork()
                if process == 0 {
                    endAfter(seconds: 60)
                    let log = Log("app")
                    for number in 0..<3 {
                        NumberedLines.log(log, level: number == 1 ? .error : .info, thread: 100 + child, number)
                    }
                    _exit(0)
                }
                var status: Int32 = 0
                waitpid(process, &status, 0)
                guard status == 0 else { exit(3) }
                forked.change { $0 += 1 }
            }
            while ended.value < 4 { usleep(100) }
            exit(0)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.torn == 0)
        #expect(lines.hasNoGap)
        #expect(lines.count == 1 + 20_000 + 150)
    }

    @Test("A child that a signal ends writes no line of its parent")
    func signal() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_BUFFER", "1MiB", 1)
            setupLogging()
            let log = Log("app")
            for number in 0..<50 { NumberedLines.log(log, number) }
            let child = systemFork()
            if child == 0 {
                // The thread that forks blocks signals, because it is one of Dispatch's.
                var signals = sigset_t()
                sigemptyset(&signals)
                pthread_sigmask(SIG_SETMASK, &signals, nil)
                raise(SIGTERM)
                _exit(1)
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            exit(status & 0x7F == SIGTERM ? 0 : 3)
        }
        let lines = NumberedLines(String(decoding: try #require(result).standardOutputContent, as: UTF8.self))
        #expect(lines.numbers == [0: Array(0..<50)])
    }
}
