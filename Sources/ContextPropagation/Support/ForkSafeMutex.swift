internal import CShims

/// A mutex that a forked child can use. Every lock that a line needs is one of these.
///
/// `Synchronization.Mutex` stores the thread that holds it. A child that was forked while another thread held one traps
/// at its first use.
// @unchecked: the lock protects the value, and both addresses never change.
package struct ForkSafeMutex<Value>: ~Copyable, @unchecked Sendable {
    private let lock: OpaquePointer
    private let value: UnsafeMutablePointer<Value>

    /// - Parameters:
    ///   - value: The value that the mutex protects.
    ///   - isHeldOverFork: Whether `fork` waits for the lock, so that the child finds the value in order. Then code
    ///     must hold it for a short time only and take no other such mutex meanwhile. If it is false, the value must be
    ///     one that can be used at every moment.
    package init(_ value: Value, isHeldOverFork: Bool) {
        lock = cshims_lock_make(isHeldOverFork ? 1 : 0)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        cshims_lock_free(lock)
    }

    /// Runs `body` while it holds the lock.
    @inline(__always)
    package borrowing func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        cshims_lock_acquire(lock)
        defer { cshims_lock_release(lock) }
        return try body(&value.pointee)
    }
}
