internal import CMALoggerShims

/// A mutex that a forked child process can use. Every lock that a log line needs is a `ForkSafeMutex`.
///
/// `Synchronization.Mutex` stores the thread that holds it. If another thread holds it during a fork, the child traps
/// at its first use.
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
