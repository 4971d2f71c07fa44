internal import CMALoggerShims

/// The lock of the chunks. It is a `ForkSafeMutex` that is compiled into this module, and that `fork` waits for.
// @unchecked: the lock protects the value, and both addresses never change.
struct ChunkLock: ~Copyable, @unchecked Sendable {
    private let lock = cshims_lock_make(1).unsafelyUnwrapped
    private let chunks: UnsafeMutablePointer<LineChunks>

    init(_ chunks: LineChunks) {
        self.chunks = .allocate(capacity: 1)
        self.chunks.initialize(to: chunks)
    }

    deinit {
        chunks.deinitialize(count: 1)
        chunks.deallocate()
        cshims_lock_free(lock)
    }

    /// Runs `body` while it holds the lock. It must be short, and must take no other lock that `fork` waits for.
    @inline(__always)
    borrowing func withLock<Result>(_ body: (inout LineChunks) -> Result) -> Result {
        cshims_lock_acquire(lock)
        defer { cshims_lock_release_soon(lock) }
        return body(&chunks.pointee)
    }
}
