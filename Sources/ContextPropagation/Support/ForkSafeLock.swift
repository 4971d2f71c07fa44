internal import CMALoggerShims

/// The lock of a ``ForkSafeMutex`` without a value.
///
/// When to use it: if another module has a lock on its hot path. A generic function of this module, such as
/// ``ForkSafeMutex/withLock(_:)``, is not specialized for other modules.
// @unchecked: the address never changes.
package struct ForkSafeLock: ~Copyable, @unchecked Sendable {
    private let lock: UnsafeMutablePointer<malogc_lock>

    /// - Parameter isHeldOverFork: See ``ForkSafeMutex/init(_:isHeldOverFork:)``.
    package init(isHeldOverFork: Bool) {
        lock = malogc_lock_make(isHeldOverFork ? 1 : 0)
    }

    deinit {
        malogc_lock_free(lock)
    }

    package borrowing func acquire() { malogc_lock_acquire(lock) }

    package borrowing func release() { malogc_lock_release(lock) }
}
