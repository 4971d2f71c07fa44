internal import CMALoggerShims

/// The lock of the chunks. It is a `ForkSafeMutex` that is compiled into this module, and that `fork` waits for.
///
/// The lock and the words that each line changes are in one cache line, which moves once when two threads log in turn.
// @unchecked: the lock protects the value, and all addresses never change.
struct ChunkLock: ~Copyable, @unchecked Sendable {
    private let lock: UnsafeMutablePointer<malogc_lock>
    private let chunks: UnsafeMutablePointer<LineChunks>

    /// The word to which the `waiting` of a `malogc_pending` points. It lives as long as the lock.
    let waiting: UnsafeMutablePointer<UInt64>

    init(_ chunks: LineChunks) {
        let word = MemoryLayout<UInt64>.size
        lock = malogc_lock_make_before(1, word + MemoryLayout<LineChunks>.size).unsafelyUnwrapped
        let memory = UnsafeMutableRawPointer(lock + 1)
        waiting = memory.initializeMemory(as: UInt64.self, to: 0)
        self.chunks = (memory + word).initializeMemory(as: LineChunks.self, to: chunks)
    }

    deinit {
        chunks.deinitialize(count: 1)
        malogc_lock_free(lock)
    }

    /// Runs `body` while it holds the lock. It must be short, and must take no other lock that `fork` waits for.
    @inline(__always)
    borrowing func withLock<Result>(_ body: (inout LineChunks) -> Result) -> Result {
        malogc_lock_acquire(lock)
        defer { malogc_lock_release_soon(lock) }
        return body(&chunks.pointee)
    }
}
