internal import CMALoggerShims

/// A generator of random words for each thread: xoshiro256++, seeded by the system.
///
/// A system call for every span ID would cost as much as the line on which the ID appears. Only the owning thread uses
/// a generator. A forked child seeds its generator again.
package struct ThreadRandom: ~Copyable {
    private var words: (UInt64, UInt64, UInt64, UInt64)
    private var forks: Int32

    private init() {
        words = Self.seed()
        forks = malogc_fork_count()
    }

    /// Returns 64 random bits from the calling thread's generator.
    package static func word() -> UInt64 {
        let generator = current
        if generator.pointee.forks != malogc_fork_count() {
            generator.pointee.forks = malogc_fork_count()
            generator.pointee.words = seed()
        }
        return generator.pointee.next()
    }

    /// The calling thread's generator, which is freed when the thread ends.
    private static var current: UnsafeMutablePointer<ThreadRandom> {
        if let generator = malogc_random_slot() {
            return generator.assumingMemoryBound(to: ThreadRandom.self)
        }
        return make()
    }

    @inline(never)
    private static func make() -> UnsafeMutablePointer<ThreadRandom> {
        let generator = UnsafeMutablePointer<ThreadRandom>.allocate(capacity: 1)
        generator.initialize(to: ThreadRandom())
        malogc_set_random_slot(generator) { slot in
            guard let generator = slot?.assumingMemoryBound(to: ThreadRandom.self) else { return }
            generator.deinitialize(count: 1)
            generator.deallocate()
        }
        return generator
    }

    private mutating func next() -> UInt64 {
        func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
        let result = rotate(words.0 &+ words.3, 23) &+ words.0
        let shifted = words.1 << 17
        words.2 ^= words.0
        words.3 ^= words.1
        words.1 ^= words.2
        words.0 ^= words.3
        words.2 ^= shifted
        words.3 = rotate(words.3, 45)
        return result
    }

    private static func seed() -> (UInt64, UInt64, UInt64, UInt64) {
        var system = SystemRandomNumberGenerator()
        return (system.next() | 1, system.next(), system.next(), system.next())
    }
}
