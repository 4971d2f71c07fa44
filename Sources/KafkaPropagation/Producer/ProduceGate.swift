internal import Synchronization

/// Lets threads hand messages to librdkafka until the producer closes, and tells when the last of them is done.
///
/// A thread that is let in before the close is counted until it leaves. The closing thread waits for this count, so
/// that it sees every message that was accepted.
struct ProduceGate: ~Copyable {
    /// The number of threads inside, and this bit once the gate is closed.
    private static let closed = 1 << 62

    private let state = Atomic<Int>(0)

    /// Whether nobody is let in any more.
    var isClosed: Bool { state.load(ordering: .relaxed) & Self.closed != 0 }

    /// Whether the gate is closed and every thread has left. Everything that they did is then visible.
    var isEmptyForGood: Bool { state.load(ordering: .acquiring) == Self.closed }

    /// Returns false if the gate is closed; otherwise call ``leave()`` soon.
    func enter() -> Bool {
        if state.wrappingAdd(1, ordering: .acquiring).oldValue & Self.closed == 0 { return true }
        leave()
        return false
    }

    func leave() {
        state.wrappingSubtract(1, ordering: .releasing)
    }

    func close() {
        state.bitwiseOr(Self.closed, ordering: .acquiringAndReleasing)
    }
}
