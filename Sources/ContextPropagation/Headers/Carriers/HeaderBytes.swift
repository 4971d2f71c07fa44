/// The headers of a record as a list of bytes, which the code that made the list owns.
///
/// Each header is two 4-byte numbers, the size of the name and the size of the value (-1 for null), and then the bytes
/// of the name and of the value.
///
/// It is part of this module so that the compiler can specialize reading for it: every record of a consumer is read in
/// this form.
package struct HeaderBytes: HeaderCarrier {
    /// The size of the two numbers.
    package static let prefix = 2 * MemoryLayout<Int32>.size

    package let start: UnsafeRawPointer
    package let end: UnsafeRawPointer

    /// - Parameters:
    ///   - start: The address of the first header. It need not be aligned.
    ///   - end: The address after the last header.
    package init(start: UnsafeRawPointer, end: UnsafeRawPointer) {
        self.start = start
        self.end = end
    }

    /// Calls `body` with each header in order.
    @inline(__always)
    private func visit(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>?) -> Void) {
        var place = start
        while place < end {
            let nameCount = Int(place.loadUnaligned(as: Int32.self))
            let valueCount = Int(place.loadUnaligned(fromByteOffset: MemoryLayout<Int32>.size, as: Int32.self))
            let name = place + Self.prefix
            place = name + nameCount + max(0, valueCount)
            body(Self.bytes(name, nameCount), valueCount < 0 ? nil : Self.bytes(name + nameCount, valueCount))
        }
    }

    private static func bytes(_ start: UnsafeRawPointer, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    @inline(__always)
    package func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        visit { name, value in
            if let value { body(name.span, value.span) } else { body(name.span, nil) }
        }
    }

    // The headers of a record never change: nothing injects into them.
    package mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {}
    package mutating func appendHeader(name: String, value: Span<UInt8>) {}
}
