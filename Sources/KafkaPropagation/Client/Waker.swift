internal import Dispatch
internal import Synchronization

/// Wakes one thread that waits for any of several things. However often it was woken, it wakes once.
final class Waker: Sendable {
    private let isWoken = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// May be called from any thread, callbacks of librdkafka included.
    func wake() {
        if !isWoken.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Returns when woken, also when that was before the call, or after so many milliseconds.
    func wait(milliseconds: Int) {
        if semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success {
            _ = isWoken.exchange(false, ordering: .acquiringAndReleasing)
        }
    }
}
