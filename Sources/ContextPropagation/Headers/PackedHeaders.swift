/// The headers of a context as bytes, ready to be copied into a message. The context owns the bytes.
///
/// The bytes are the number of headers, and for each header the length of its name, the length of its value, the name
/// and the value. Each number has four bytes.
package struct PackedHeaders {
    @usableFromInline let bytes: UnsafeBufferPointer<UInt8>

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The number of headers.
    @inlinable package var count: Int { Int(number(at: 0)) }

    /// Calls `body` with each header, in order. The addresses are valid as long as the context, and never null.
    @inlinable
    @inline(__always)
    package func forEachHeader(
        _ body: (_ name: UnsafeRawPointer, _ nameCount: Int, _ value: UnsafeRawPointer, _ valueCount: Int) -> Void
    ) {
        guard let start = bytes.baseAddress else { return }
        var offset = 4
        for _ in 0..<count {
            let nameCount = Int(number(at: offset))
            let valueCount = Int(number(at: offset + 4))
            let name = UnsafeRawPointer(start + offset + 8)
            body(name, nameCount, name + nameCount, valueCount)
            offset += 8 + nameCount + valueCount
        }
    }

    @inlinable
    func number(at offset: Int) -> UInt32 {
        UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }
}

/// A list of headers that packs what it gets. It is empty at the start, so no injection removes anything from it.
struct PackingCarrier: HeaderCarrier {
    private(set) var bytes: [UInt8] = [0, 0, 0, 0]
    private var count: UInt32 = 0

    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {}

    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {}

    mutating func appendHeader(name: String, value: Span<UInt8>) {
        append(UInt32(name.utf8.count))
        append(UInt32(value.count))
        bytes.append(contentsOf: name.utf8)
        value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        count += 1
        withUnsafeBytes(of: count) { bytes.replaceSubrange(0..<4, with: $0) }
    }

    private mutating func append(_ number: UInt32) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }
}
