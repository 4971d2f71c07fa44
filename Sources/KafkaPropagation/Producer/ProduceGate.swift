internal import Synchronization

/// Counts the threads that pass messages to librdkafka, and refuses new ones after it is closed.
///
/// The thread that closes it waits until the count is 0. It then knows every message that was accepted. A producer has
/// one for its shutdown, and each transaction has one for its end.
struct ProduceGate: ~Copyable {
    /// The bit that marks a closed gate. The lower bits are the number of threads inside.
    private static let closed = 1 << 62

    private let state = Atomic<Int>(0)

    /// Whether ``enter()`` returns false from now on.
    var isClosed: Bool { state.load(ordering: .relaxed) & Self.closed != 0 }

    /// Whether the gate is closed and every thread has left. The caller then sees everything that they wrote.
    var isEmptyForGood: Bool { state.load(ordering: .acquiring) == Self.closed }

    /// Counts the calling thread. Returns false if the gate is closed; otherwise call ``leave()`` soon.
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
