internal import Dispatch
internal import Synchronization

/// Wakes a thread that waits for any of several events. Several calls of ``wake()`` wake it once.
final class Waker: Sendable {
    private let isWoken = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Wakes the waiting thread. Any thread may call it, including callbacks of librdkafka.
    func wake() {
        if !isWoken.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Returns when ``wake()`` was called, before or during this call, or after the given number of milliseconds.
    func wait(milliseconds: Int) {
        if semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success {
            _ = isWoken.exchange(false, ordering: .acquiringAndReleasing)
        }
    }
}
