public import Synchronization

/// Keeps the bytes that each line format rendered for one value, such as a context or a label.
///
/// The owner of the slot does not interpret the bytes. Any thread may read and add. The bytes live as long as the slot.
@usableFromInline
package struct RenderingSlot: ~Copyable, Sendable {
    /// The start of an allocation. The bytes follow it.
    @usableFromInline
    struct Header {
        @usableFromInline let key: UInt
        /// The address of the next header, or 0.
        @usableFromInline let next: UInt
        @usableFromInline let count: Int
    }

    /// The address of the newest header, or 0.
    @usableFromInline let newest = Atomic<UInt>(0)

    package init() {}

    deinit {
        var address = newest.load(ordering: .acquiring)
        while let header = UnsafeMutablePointer<Header>(bitPattern: address) {
            address = header.pointee.next
            UnsafeMutableRawPointer(header).deallocate()
        }
    }

    /// Returns the bytes of the format `key`, or nil if none were added.
    @inlinable
    @inline(__always)
    package func rendering(for key: RenderingKey) -> UnsafeBufferPointer<UInt8>? {
        var address = newest.load(ordering: .acquiring)
        while let header = UnsafePointer<Header>(bitPattern: address) {
            if header.pointee.key == key.number {
                let bytes = UnsafeRawPointer(header + 1).assumingMemoryBound(to: UInt8.self)
                return UnsafeBufferPointer(start: bytes, count: header.pointee.count)
            }
            address = header.pointee.next
        }
        return nil
    }

    /// Adds a copy of the bytes of the format `key`. If two threads add bytes at the same time, both copies stay.
    @inline(never)
    package func add(_ bytes: UnsafeBufferPointer<UInt8>, for key: RenderingKey) -> UnsafeBufferPointer<UInt8> {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<Header>.size + bytes.count,
            alignment: MemoryLayout<Header>.alignment
        )
        let header = memory.bindMemory(to: Header.self, capacity: 1)
        let copy = (memory + MemoryLayout<Header>.size).bindMemory(to: UInt8.self, capacity: bytes.count)
        if let start = bytes.baseAddress { copy.initialize(from: start, count: bytes.count) }
        var next = newest.load(ordering: .relaxed)
        while true {
            header.initialize(to: Header(key: key.number, next: next, count: bytes.count))
            let (exchanged, found) = newest.compareExchange(
                expected: next,
                desired: UInt(bitPattern: header),
                ordering: .acquiringAndReleasing
            )
            if exchanged { return UnsafeBufferPointer(start: copy, count: bytes.count) }
            next = found
        }
    }

    /// Empties the slot without freeing anything: a thread that was interrupted may be reading the bytes.
    package func abandon() {
        newest.store(0, ordering: .relaxed)
    }
}
