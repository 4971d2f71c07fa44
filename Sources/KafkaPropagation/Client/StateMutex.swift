internal import ContextPropagation

/// A mutex for the state that each record changes. Swift's `Mutex` costs several times as much when two threads meet,
/// and `ForkSafeMutex` is not specialized for this module.
// @unchecked: the lock protects the value, whose address never changes.
struct StateMutex<Value>: ~Copyable, @unchecked Sendable {
    private let lock = ForkSafeLock(isHeldOverFork: false)
    private let value: UnsafeMutablePointer<Value>

    init(_ value: Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Runs `body` while it holds the lock.
    @inline(__always)
    borrowing func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.acquire()
        defer { lock.release() }
        return try body(&value.pointee)
    }
}
