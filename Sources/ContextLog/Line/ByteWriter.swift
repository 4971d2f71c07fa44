/// A buffer of bytes that grows at its end.
///
/// No code keeps a pointer into it while other code runs. Each write asks for its place.
@usableFromInline
package struct ByteWriter: ~Copyable {
    @usableFromInline package var base: UnsafeMutablePointer<UInt8>
    @usableFromInline package var capacity: Int

    /// The number of bytes. Assign a smaller number to remove bytes at the end.
    @usableFromInline package var count: Int

    package init(capacity: Int) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
        count = 0
    }

    deinit { base.deallocate() }

    /// The place after the last byte, with room for `extra` bytes.
    @inlinable
    @inline(__always)
    package mutating func place(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if _slowPath(capacity &- count < extra) { grow(extra) }
        return base + count
    }

    @inline(never)
    @usableFromInline
    package mutating func grow(_ extra: Int) {
        var larger = capacity
        repeat { larger *= 2 } while larger - count < extra
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.initialize(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    /// Frees the memory of an empty buffer that a huge line made large.
    package mutating func shrink(to limit: Int) {
        guard capacity > limit, count == 0 else { return }
        base.deallocate()
        base = .allocate(capacity: limit)
        capacity = limit
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        place(1).pointee = byte
        count &+= 1
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        place(length).initialize(from: bytes, count: length)
        count &+= length
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        append(start, bytes.count)
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        append(text.utf8Start, text.utf8CodeUnitCount)
    }

    /// Appends the UTF-8 of a string without escapes.
    @inlinable
    @inline(__always)
    package mutating func append(utf8 text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ append($0) }) == nil {
            for byte in text.utf8 { append(byte) }
        }
    }

    package func array() -> [UInt8] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }
}
