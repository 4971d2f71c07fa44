internal import Synchronization

/// Provides the memory for the records of a consumer: it fills one block after another, so that a record costs no
/// allocation. Records of several batches may share a block.
// @unchecked: only the poll thread uses the current block. The pool has a lock.
final class RecordMemory: @unchecked Sendable {
    fileprivate let pool = RecordBlockPool()
    /// The block that is being filled. A ``BatchMemory`` takes it and puts it back.
    fileprivate var block: RecordBlock?
    fileprivate var used = 0
}

/// The memory of one batch. End it with ``finish()``, and make no other one from the same ``RecordMemory`` before.
///
/// It is a value on the stack: reserving memory changes two words, and no object.
struct BatchMemory: ~Copyable {
    private let memory: RecordMemory
    private var blocks: [RecordBlock] = []
    /// The block that is being filled; nil before memory is reserved for the first time.
    private var block: RecordBlock?
    private var next: UnsafeMutableRawPointer?
    private var left = 0

    init(_ memory: RecordMemory) {
        self.memory = memory
    }

    /// Returns memory that is aligned for any value.
    @inline(__always)
    mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        guard count <= left, let start = next else { return reserveElsewhere(count) }
        use(count)
        return start
    }

    /// The unused end of the current block. ``reserve(_:)`` returns its start if the request fits.
    @inline(__always)
    var rest: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: next, count: left) }

    /// Ends the use of the memory. Returns the blocks that the caller must keep as long as it needs the memory.
    consuming func finish() -> [RecordBlock] {
        if let block {
            memory.block = block
            memory.used = block.count - left
        }
        return blocks
    }

    @inline(__always)
    private mutating func use(_ count: Int) {
        let used = min((count + 15) & ~15, left)
        next = next.map { $0 + used }
        left -= used
    }

    @inline(never)
    private mutating func reserveElsewhere(_ count: Int) -> UnsafeMutableRawPointer {
        if block == nil, let block = memory.block, count <= block.count - memory.used {
            return fill(block, after: memory.used, count)
        }
        let new = RecordBlock(count, memory.pool)
        if count <= RecordBlock.size { return fill(new, after: 0, count) }
        blocks.append(new)
        return new.start
    }

    private mutating func fill(_ block: RecordBlock, after used: Int, _ count: Int) -> UnsafeMutableRawPointer {
        blocks.append(block)
        self.block = block
        let start = block.start + used
        next = start
        left = block.count - used
        use(count)
        return start
    }
}

/// A block of memory, which is used again after its last owner has released it.
// @unchecked: nothing changes. The owners agree on who writes which bytes.
final class RecordBlock: @unchecked Sendable {
    /// Below the size from which on glibc maps pages for each allocation.
    static let size = 120 << 10

    let start: UnsafeMutableRawPointer
    let count: Int
    private let pool: RecordBlockPool

    /// A block of ``size`` bytes, or of `count` bytes if that is more.
    init(_ count: Int, _ pool: RecordBlockPool) {
        self.pool = pool
        self.count = max(count, Self.size)
        start =
            (count <= Self.size ? pool.take() : nil)
            ?? UnsafeMutableRawPointer.allocate(byteCount: self.count, alignment: 16)
    }

    deinit {
        if count > Self.size || !pool.give(start) { start.deallocate() }
    }
}

/// Free memory for blocks.
final class RecordBlockPool: Sendable {
    // @unchecked: the memory has no other owner.
    private struct Free: @unchecked Sendable {
        var blocks: [UnsafeMutableRawPointer] = []
    }

    private static let limit = 32

    private let free = Mutex(Free())

    deinit {
        free.withLock { for block in $0.blocks { block.deallocate() } }
    }

    func take() -> UnsafeMutableRawPointer? { free.withLock { $0.blocks.popLast() } }

    /// Returns false if there is enough free memory.
    func give(_ block: UnsafeMutableRawPointer) -> Bool {
        let block = Free(blocks: [block])
        return free.withLock { free in
            guard free.blocks.count < Self.limit else { return false }
            free.blocks += block.blocks
            return true
        }
    }
}
