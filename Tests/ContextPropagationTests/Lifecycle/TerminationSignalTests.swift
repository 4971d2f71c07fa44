import ContextPropagation
import Foundation
import Testing

@Suite("Termination signals", .timeLimit(.minutes(1)))
struct TerminationSignalTests {
    @Test("A signal cancels the work, which gets to end by itself", arguments: [SIGTERM, SIGINT])
    func signalCancels(number: Int32) async {
        await #expect(processExitsWith: .exitCode(7)) { [number] in
            do {
                try await withTerminationSignals {
                    kill(getpid(), number)
                    try await Task.sleep(for: .seconds(600))
                }
            } catch is CancellationError {
                exit(7)
            }
        }
    }

    @Test("A second signal ends the process at once")
    func secondSignal() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            try? await withTerminationSignals {
                kill(getpid(), SIGTERM)
                try? await Task.sleep(for: .seconds(600))
                // Cancelled once, and it goes on: the system's own handling is back.
                while true {
                    kill(getpid(), SIGTERM)
                    await Task.yield()
                }
            }
        }
    }

    @Test("Value, error and context pass through, and afterwards the signals are the system's again")
    func passesThrough() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            struct Failure: Error {}
            let context = LogContext.newTrace()
            let isInside = try await LogContext.$current.withValue(context) {
                try await withTerminationSignals { LogContext.current.traceID == context.traceID }
            }
            guard isInside else { exit(1) }
            do {
                try await withTerminationSignals { throw Failure() }
                exit(2)
            } catch is Failure {
                kill(getpid(), SIGTERM)
            }
        }
    }
}
