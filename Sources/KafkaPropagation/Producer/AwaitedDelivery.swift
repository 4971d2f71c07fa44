internal import Synchronization

/// The receiver of the report of a message whose task is suspended in `send`.
///
/// It holds one word of state, because a lock and a generic type cost a quarter of a `send`. The first of two events
/// decides how the wait ends: the report, or the cancellation of the task. The task is resumed once, after it.
// @unchecked: only the thread that serves the producer writes the result, before `finish` marks it as there. The task
// reads it after it has seen the mark.
final class AwaitedDelivery: @unchecked Sendable {
    private typealias Continuation = UnsafeContinuation<Void, Never>

    enum Outcome {
        case delivered(KafkaPartition, KafkaOffset?)
        case failed(KafkaError)
    }

    /// Every other value of the state is a suspended task's continuation, which is an address.
    private static let pending: UInt = 0
    private static let finished: UInt = 1
    private static let cancelled: UInt = 2

    private let state = Atomic<UInt>(pending)
    private var outcome: Outcome?

    /// Takes the report, and resumes the task. Called once.
    func finish(_ outcome: consuming Outcome) {
        self.outcome = outcome
        resume(state.exchange(Self.finished, ordering: .acquiringAndReleasing))
    }

    /// Suspends until the report comes. Returns nil if the task is cancelled first. Called once.
    func wait() async -> Outcome? {
        if state.load(ordering: .acquiring) != Self.finished {
            await withTaskCancellationHandler {
                await withUnsafeContinuation { (continuation: Continuation) in suspend(continuation) }
            } onCancel: {
                cancel()
            }
        }
        return state.load(ordering: .acquiring) == Self.finished ? outcome : nil
    }

    private func suspend(_ continuation: Continuation) {
        // A continuation is the address of its task, so it fits into the state and is none of the small numbers.
        let (isSuspended, _) = state.compareExchange(
            expected: Self.pending,
            desired: unsafeBitCast(continuation, to: UInt.self),
            ordering: .acquiringAndReleasing
        )
        // The report or the cancellation came first.
        if !isSuspended { continuation.resume() }
    }

    private func cancel() {
        var found = state.load(ordering: .relaxed)
        while found != Self.finished, found != Self.cancelled {
            let (isCancelled, now) = state.compareExchange(
                expected: found,
                desired: Self.cancelled,
                ordering: .acquiringAndReleasing
            )
            if isCancelled { return resume(found) }
            found = now
        }
    }

    private func resume(_ state: UInt) {
        if state > Self.cancelled { unsafeBitCast(state, to: Continuation.self).resume() }
    }
}
