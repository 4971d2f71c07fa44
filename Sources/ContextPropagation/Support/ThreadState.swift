internal import CShims

/// What each thread keeps for itself: the buffer in which its lines are made, and a generator of identifiers.
///
/// One allocation per thread that logs, at a fixed address until the thread ends. Only its own thread touches it.
@usableFromInline
package struct ThreadState: ~Copyable {
    /// The bytes of the events that are open on this thread, the innermost last.
    @usableFromInline package var bytes: ByteWriter

    /// The innermost open JSON object: where its first member begins, and the signatures of its members' names.
    @usableFromInline package var object: OpenObject

    /// The second whose rendering `clockPrefix` is, and that rendering; the line format's business.
    @usableFromInline package var clockSecond: Int = .min
    @usableFromInline package var clockPrefix: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)

    private var random: (UInt64, UInt64, UInt64, UInt64)
    private var forks: Int32

    @usableFromInline
    package struct OpenObject {
        @usableFromInline package var start: Int
        @usableFromInline package var signatures: UInt64

        @inlinable
        package init(start: Int, signatures: UInt64) {
            self.start = start
            self.signatures = signatures
        }
    }

    private init() {
        bytes = ByteWriter(capacity: 4096)
        object = OpenObject(start: 0, signatures: 0)
        random = Self.seed()
        forks = cshims_fork_count()
    }

    /// The calling thread's state. The pointer must not be kept over a suspension.
    package static var current: UnsafeMutablePointer<ThreadState> {
        if let slot = cshims_thread_slot() {
            return slot.assumingMemoryBound(to: ThreadState.self)
        }
        return make()
    }

    @inline(never)
    private static func make() -> UnsafeMutablePointer<ThreadState> {
        let state = UnsafeMutablePointer<ThreadState>.allocate(capacity: 1)
        state.initialize(to: ThreadState())
        cshims_set_thread_slot(state) { slot in
            guard let state = slot?.assumingMemoryBound(to: ThreadState.self) else { return }
            state.deinitialize(count: 1)
            state.deallocate()
        }
        return state
    }

    /// 64 random bits (xoshiro256++, seeded by the system for each thread, and anew in a forked child). A system call
    /// for every span would cost as much as the line that it appears on.
    package static func randomWord() -> UInt64 {
        let state = current
        if state.pointee.forks != cshims_fork_count() {
            state.pointee.forks = cshims_fork_count()
            state.pointee.random = seed()
        }
        return state.pointee.next()
    }

    private mutating func next() -> UInt64 {
        func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
        let result = rotate(random.0 &+ random.3, 23) &+ random.0
        let shifted = random.1 << 17
        random.2 ^= random.0
        random.3 ^= random.1
        random.1 ^= random.2
        random.0 ^= random.3
        random.2 ^= shifted
        random.3 = rotate(random.3, 45)
        return result
    }

    private static func seed() -> (UInt64, UInt64, UInt64, UInt64) {
        var system = SystemRandomNumberGenerator()
        return (system.next() | 1, system.next(), system.next(), system.next())
    }
}
