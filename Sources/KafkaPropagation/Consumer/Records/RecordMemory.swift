internal import Synchronization

/// Provides the memory for the records of a consumer: it fills one block after another, so that a record costs no
/// allocation. Records of several batches may share a block.
// @unchecked: only the poll thread uses the current block. The pool has a lock.
final class RecordMemory: @unchecked Sendable {
    private let pool = RecordBlockPool()
    private var block: RecordBlock?
    private var used = 0

    /// Returns memory that is aligned for any value.
    ///
    /// - Parameter blocks: The blocks that the caller keeps as long as it needs the memory. The block of the memory is
    ///   added to them.
    func reserve(_ count: Int, _ blocks: inout [RecordBlock]) -> UnsafeMutableRawPointer {
        if let block, used + count <= block.count {
            let start = block.start + used
            used += (count + 15) & ~15
            if blocks.last !== block { blocks.append(block) }
            return start
        }
        let new = RecordBlock(count, pool)
        blocks.append(new)
        if count <= RecordBlock.size {
            block = new
            used = (count + 15) & ~15
        }
        return new.start
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
