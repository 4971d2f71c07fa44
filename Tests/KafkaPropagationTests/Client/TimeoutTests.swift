import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Timeouts of calls", .timeLimit(.minutes(10)))
struct TimeoutTests {
    /// Notes when nobody keeps it any more.
    private final class Kept: Sendable {
        let isReleased: Locked<Bool>

        init(_ isReleased: Locked<Bool>) {
            self.isReleased = isReleased
        }

        deinit { isReleased.change { $0 = true } }
    }

    @Test("A timeout runs its closure once, and a cancelled one releases it at once")
    func closure() async {
        let isReleased = Locked(false)
        Timeout(after: .seconds(3600)) { [kept = Kept(isReleased)] in _ = kept }.cancel()
        await until { isReleased.value }

        let runs = Locked(0)
        let timeout = Timeout(after: .milliseconds(1)) { runs.change { $0 += 1 } }
        await until { runs.value > 0 }
        timeout.cancel()
        #expect(isReleased.value && runs.value == 1)
    }
}
