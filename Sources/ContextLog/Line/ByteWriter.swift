/// A buffer of bytes that grows at its end.
///
/// No code keeps a pointer into it while other code runs. Each write asks for its place.
@usableFromInline
package struct ByteWriter: ~Copyable {
    @usableFromInline package private(set) var base: UnsafeMutablePointer<UInt8>

    /// The place after the last byte. A caller that has written bytes there moves it.
    @usableFromInline package var end: UnsafeMutablePointer<UInt8>

    /// The end of the memory.
    @usableFromInline package private(set) var limit: UnsafeMutablePointer<UInt8>

    package init(capacity: Int) {
        base = .allocate(capacity: capacity)
        end = base
        limit = base + capacity
    }

    deinit { base.deallocate() }

    /// The number of bytes. Assign a smaller number to remove bytes at the end.
    @inlinable package var count: Int {
        @inline(__always)
        get { end - base }
        @inline(__always)
        set { end = base + newValue }
    }

    /// The number of bytes for which there is memory.
    @inlinable package var capacity: Int {
        @inline(__always)
        get { limit - base }
    }

    /// Whether `extra` more bytes fit without other memory.
    @inlinable
    @inline(__always)
    package func hasRoom(_ extra: Int) -> Bool { limit - end >= extra }

    /// The place after the last byte, with room for `extra` bytes.
    @inlinable
    @inline(__always)
    package mutating func place(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if _slowPath(!hasRoom(extra)) { grow(extra) }
        return end
    }

    @inline(never)
    @usableFromInline
    package mutating func grow(_ extra: Int) {
        let count = count
        var larger = capacity
        repeat { larger *= 2 } while larger - count < extra
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.initialize(from: base, count: count)
        base.deallocate()
        base = moved
        end = moved + count
        limit = moved + larger
    }

    /// Frees the memory of an empty buffer that a huge line made large.
    package mutating func shrink(to limit: Int) {
        guard capacity > limit, count == 0 else { return }
        base.deallocate()
        base = .allocate(capacity: limit)
        end = base
        self.limit = base + limit
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        place(1).pointee = byte
        end += 1
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        place(length).initialize(from: bytes, count: length)
        end += length
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
