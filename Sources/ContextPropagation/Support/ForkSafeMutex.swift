internal import CMALoggerShims

/// A mutex that a forked child process can use, and that stays fast when many threads need it.
///
/// When to use it: for each lock that a log line needs, and for state that many threads change often. There,
/// `Synchronization.Mutex` has two faults:
///
/// - It stores the thread that holds it. If another thread holds it during a fork, the child traps at its first use.
/// - When it is released, it belongs to the thread that has slept longest, even if no processor runs that thread yet.
///   All other threads that need it spin for microseconds in vain, and then sleep too. This starts when a thread loses
///   its processor while it holds the mutex. From then on, each use costs a switch of threads, until no thread waits.
///
/// A `ForkSafeMutex` is free when it is released, so the threads that run can take it before the woken thread does. The
/// threads that wait have no order, and they do not pass on their priority. The comment at `malogc_lock_wait` shows why
/// every thread that sleeps is woken.
// @unchecked: the lock protects the value, and both addresses never change.
package struct ForkSafeMutex<Value>: ~Copyable, @unchecked Sendable {
    private let lock: UnsafeMutablePointer<malogc_lock>
    private let value: UnsafeMutablePointer<Value>

    /// - Parameters:
    ///   - value: The value that the mutex protects.
    ///   - isHeldOverFork: Whether `fork` waits for the lock, so that the child finds the value in a valid state. If it
    ///     is true, code must hold the lock only for a short time, and must take no other mutex of this kind meanwhile.
    ///     If it is false, the value must be valid at every moment.
    package init(_ value: Value, isHeldOverFork: Bool) {
        lock = malogc_lock_make(isHeldOverFork ? 1 : 0)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        malogc_lock_free(lock)
    }

    /// Runs `body` while it holds the lock.
    @inline(__always)
    package borrowing func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        malogc_lock_acquire(lock)
        defer { malogc_lock_release(lock) }
        return try body(&value.pointee)
    }
}
