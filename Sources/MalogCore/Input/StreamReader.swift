/// Reads whole lines from a pipe, or from a file that may still be written.
package struct StreamReader: ~Copyable {
    private static let blockSize = 1 << 20

    let descriptor: Int32
    private var buffer = BlockBuffer(capacity: blockSize)
    /// The number of bytes at the start of the buffer that were handed out.
    private var used = 0
    /// Whether the rest of a line that is too long must be passed.
    private var isSkipping = false
    /// The number of bytes that were read.
    private(set) var offset = 0
    /// The number of the error if reading failed.
    private(set) var failure: Int32?

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        System.enlargePipe(descriptor)
    }

    /// Reads once, and returns the lines that are complete, or nil if there is nothing to read now. The block is valid
    /// until the next call. It may be empty.
    mutating func next() -> LineBlock? {
        dropUsed()
        if buffer.count == buffer.capacity {
            guard buffer.capacity < BlockBuffer.lineLimit else { return tooLong() }
            buffer.grow(to: buffer.capacity * 2)
        }
        let fresh = buffer.count
        let count = System.read(descriptor, buffer.bytes + fresh, buffer.capacity - fresh)
        if count < 0 { failure = System.lastError }
        guard count > 0 else { return nil }
        offset += count
        buffer.count += count
        if isSkipping {
            guard let end = System.lineFeed(in: buffer.bytes, buffer.count) else {
                buffer.count = 0
                return empty
            }
            buffer.drop(end - UnsafePointer(buffer.bytes) + 1)
            isSkipping = false
            guard let last = System.lastLineFeed(in: buffer.bytes, buffer.count) else { return empty }
            return block(through: last)
        }
        guard let last = System.lastLineFeed(in: buffer.bytes + fresh, count) else { return empty }
        return block(through: last)
    }

    private var empty: LineBlock { LineBlock(start: UnsafePointer(buffer.bytes), count: 0) }

    private mutating func block(through last: UnsafePointer<UInt8>) -> LineBlock {
        used = last - UnsafePointer(buffer.bytes) + 1
        return LineBlock(start: UnsafePointer(buffer.bytes), count: used)
    }

    private mutating func dropUsed() {
        buffer.drop(used)
        used = 0
        buffer.shrink(to: Self.blockSize)
    }

    private mutating func tooLong() -> LineBlock {
        isSkipping = true
        buffer.count = 0
        buffer.bytes[4095] = JSONScanner.lineFeed
        return LineBlock(start: UnsafePointer(buffer.bytes), count: 4096, isTooLong: true)
    }

    /// Returns the line that has no line feed yet, if there is one. Use it at the end of the input.
    mutating func rest() -> LineBlock? {
        dropUsed()
        guard buffer.count > 0 else { return nil }
        buffer.grow(to: buffer.count + 1)
        buffer.bytes[buffer.count] = JSONScanner.lineFeed
        used = buffer.count
        return LineBlock(start: UnsafePointer(buffer.bytes), count: buffer.count + 1, isUnfinished: true)
    }

    /// Forgets the line that has no line feed yet, because the file begins again.
    mutating func restart() {
        buffer.count = 0
        used = 0
        isSkipping = false
        offset = 0
        System.seek(descriptor, to: 0)
    }
}
