import ContextPropagation
import Foundation
import Synchronization
import TestSupport
import Testing

/// Signals affect the whole process, so each of these tests runs in its own process.
@Suite("Termination signals", .timeLimit(.minutes(10)))
struct TerminationSignalTests {
    @Test("A signal notifies the body and cancels nothing, and the body ends by itself", arguments: [SIGTERM, SIGINT])
    func signalTells(number: Int32) async {
        await #expect(processExitsWith: .exitCode(7)) { [number] in
            let context = LogContext.newTrace()
            let result: Int32? = try await LogContext.$current.withValue(context) {
                try await withTerminationSignals { signals in
                    let stopped = Gate()
                    let heard = Mutex<TraceID?>(nil)
                    signals.onSignal {
                        heard.withLock { $0 = LogContext.current.traceID }
                        stopped.open()
                    }
                    kill(getpid(), number)
                    await stopped.pass()
                    // The work in flight.
                    await Task.yield()
                    let isSame = heard.withLock { $0 } == context.traceID && signals.received?.number == number
                    return Task.isCancelled || !isSame ? 1 : 7
                }
            }
            exit(result ?? 2)
        }
    }

    @Test("An action that is added after the signal runs at once")
    func lateAction() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try await withTerminationSignals { signals in
                let first = Gate()
                signals.onSignal { first.open() }
                kill(getpid(), SIGTERM)
                await first.pass()
                signals.onSignal { exit(7) }
            }
        }
    }

    @Test("cancelOnTerminationSignal cancels the work, and the cancellation does not leave main as an error")
    func signalCancels() async {
        await #expect(processExitsWith: .success) {
            let result: Int? = try await cancelOnTerminationSignal {
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(600))
                exit(1)
            }
            if result != nil { exit(2) }
        }
    }

    @Test("Only a cancellation by the signal counts as a normal end")
    func otherErrors() async {
        await #expect(processExitsWith: .success) {
            struct Failure: Error {}
            await #expect(throws: CancellationError.self) {
                try await cancelOnTerminationSignal { throw CancellationError() }
            }
            let caller = Task {
                try await cancelOnTerminationSignal { try await Task.sleep(for: .seconds(600)) }
            }
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            await #expect(throws: Failure.self) {
                try await cancelOnTerminationSignal {
                    kill(getpid(), SIGTERM)
                    do { try await Task.sleep(for: .seconds(600)) } catch { throw Failure() }
                }
            }
        }
    }

    @Test("A second signal ends the process at once")
    func secondSignal() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            try await withTerminationSignals { signals in
                let first = Gate()
                signals.onSignal { first.open() }
                kill(getpid(), SIGTERM)
                await first.pass()
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test("Value, error and context pass through, and afterwards the system handles the signals again")
    func passesThrough() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            struct Failure: Error {}
            let context = LogContext.newTrace()
            let isInside = try await LogContext.$current.withValue(context) {
                try await cancelOnTerminationSignal { LogContext.current.traceID == context.traceID }
            }
            guard isInside == true else { exit(1) }
            do {
                try await cancelOnTerminationSignal { throw Failure() }
                exit(2)
            } catch is Failure {
                kill(getpid(), SIGTERM)
                // The signal may reach another thread a moment later.
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test("A nested scope and a parallel scope get the signal, and the others still watch after one ends")
    func severalScopes() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let heard = Count()
            let all = Gate()
            try await withTerminationSignals { outer in
                let hears = Gate()
                outer.onSignal {
                    heard.add()
                    hears.open()
                }
                try await withTerminationSignals { _ in }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await withTerminationSignals { inner in
                                let hears = Gate()
                                inner.onSignal {
                                    heard.add()
                                    hears.open()
                                }
                                await all.pass()
                                await hears.pass()
                            }
                        }
                    }
                    await all.arrivals(2)
                    all.open()
                    kill(getpid(), SIGTERM)
                    try await group.waitForAll()
                }
                await hears.pass()
                // A scope that begins now gets the signal at once.
                try await withTerminationSignals { late in if late.received == .terminate { heard.add() } }
            }
            exit(heard.value == 4 ? 7 : 1)
        }
    }

    @Test("A signal that was ignored stays ignored, as in a background job of a shell")
    func ignoredSignal() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGINT, SIG_IGN)
            try await withTerminationSignals { signals in
                kill(getpid(), SIGINT)
                let heard = Gate()
                signals.onSignal { heard.open() }
                kill(getpid(), SIGTERM)
                await heard.pass()
                if signals.received != .terminate { exit(1) }
            }
            kill(getpid(), SIGINT)
            exit(7)
        }
    }

    @Test("A handler of the application is restored after the first signal, and after the scope")
    func ownHandler() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGTERM) { _ in _exit(7) }
            try await withTerminationSignals { _ in }
            try await withTerminationSignals { signals in
                let heard = Gate()
                signals.onSignal { heard.open() }
                kill(getpid(), SIGTERM)
                await heard.pass()
                // The application handles the second signal.
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(600))
            }
        }
    }

    @Test("A signal that the body did not notice ends the process after the body")
    func unnoticedSignal() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            try await withTerminationSignals { _ in
                try await withTerminationSignals { signals in
                    let heard = Gate()
                    signals.onSignal { heard.open() }
                    kill(getpid(), SIGTERM)
                    await heard.pass()
                }
            }
            // One of the two signals was noticed. Nobody notices the next one.
            try await withTerminationSignals { _ in
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(2))
            }
            // The end of the process is on its way.
            try await Task.sleep(for: .seconds(60))
            exit(1)
        }
    }

    @Test("A signal at any time is not lost: the body notices it, or the process ends", arguments: 0..<8)
    func noSignalIsLost(round: Int) async {
        await #expect(processExitsWith: .signal(SIGTERM)) { [round] in
            Thread.detachNewThread {
                usleep(UInt32(20 * round))
                kill(getpid(), SIGTERM)
            }
            while true {
                try await withTerminationSignals { signals in
                    if signals.received == nil { return }
                    // The signal was noticed. The system handles the next one.
                    kill(getpid(), SIGTERM)
                    try await Task.sleep(for: .seconds(600))
                }
            }
        }
    }

    @Test("A program that is started meanwhile handles signals in the default way, and its signals reach only it")
    func startedProgram() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try await withTerminationSignals { signals in
                var attributes = posix_spawnattr_t()
                posix_spawnattr_init(&attributes)
                // Swift's threads block signals, and a started program inherits that.
                posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
                var none = sigset_t()
                sigemptyset(&none)
                posix_spawnattr_setsigmask(&attributes, &none)
                let words: [String] = ["/bin/sh", "-c", "kill -TERM $$; exit 1"]
                var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
                arguments.append(nil)
                var child = pid_t()
                guard posix_spawn(&child, "/bin/sh", nil, &attributes, &arguments, nil) == 0 else { exit(1) }
                var status: Int32 = 0
                waitpid(child, &status, 0)
                exit(status & 0x7F == SIGTERM && signals.received == nil ? 7 : 2)
            }
        }
    }
}
