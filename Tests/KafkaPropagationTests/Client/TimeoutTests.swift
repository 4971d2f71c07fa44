import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Timeouts of calls", .timeLimit(.minutes(3)))
struct TimeoutTests {
    /// Opens a gate when nobody keeps it any more.
    private final class Kept: Sendable {
        let gate: Gate

        init(_ gate: Gate) {
            self.gate = gate
        }

        deinit { gate.open() }
    }

    @Test("A timeout runs its closure once, and a cancelled one releases it at once")
    func closure() async {
        let released = Gate()
        Timeout(after: .seconds(3600)) { [kept = Kept(released)] in _ = kept }.cancel()
        await released.pass()

        let over = Gate()
        let timeout = Timeout(after: .milliseconds(1)) { over.open() }
        await over.pass()
        timeout.cancel()
    }
}
