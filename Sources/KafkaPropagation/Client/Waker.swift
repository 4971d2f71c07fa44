internal import Dispatch
internal import Synchronization

/// Wakes a thread that waits for any of several events. Several calls of ``wake()`` wake it once.
final class Waker: Sendable {
    private let isWoken = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// May be called from any thread, callbacks of librdkafka included.
    func wake() {
        if !isWoken.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Returns after ``wake()``, also one before this call, or after so many milliseconds.
    func wait(milliseconds: Int) {
        if semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success {
            _ = isWoken.exchange(false, ordering: .acquiringAndReleasing)
        }
    }
}
