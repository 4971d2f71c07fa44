internal import CMALoggerRDKafka
internal import ContextPropagation

/// A copy of a record's headers, as a list of bytes.
///
/// Each header is two 4-byte numbers, the size of the name and the size of the value (-1 for null), and then the bytes
/// of the name and of the value.
struct RecordHeaders: HeaderCarrier {
    private static let prefix = 2 * MemoryLayout<Int32>.size

    private let start: UnsafeRawPointer
    private let end: UnsafeRawPointer

    /// The number of bytes that a copy of these headers needs.
    static func size(of headers: NativeHeaders) -> Int {
        var size = 0
        headers.visit { name, value in size += prefix + name.count + (value?.count ?? 0) }
        return size
    }

    /// Copies headers.
    ///
    /// - Parameter memory: As many bytes as ``size(of:)`` says. They must outlive this value.
    init(copying headers: NativeHeaders, to memory: UnsafeMutableRawPointer) {
        start = UnsafeRawPointer(memory)
        var place = memory
        headers.visit { name, value in
            place.storeBytes(of: Int32(truncatingIfNeeded: name.count), as: Int32.self)
            place.storeBytes(
                of: value.map { Int32(truncatingIfNeeded: $0.count) } ?? -1,
                toByteOffset: MemoryLayout<Int32>.size,
                as: Int32.self
            )
            place += Self.prefix
            place = Self.copy(name, to: place)
            if let value { place = Self.copy(value, to: place) }
        }
        end = UnsafeRawPointer(place)
    }

    /// Makes a list of no headers.
    ///
    /// - Parameter memory: Any address.
    init(emptyAt memory: UnsafeMutableRawPointer) {
        start = UnsafeRawPointer(memory)
        end = start
    }

    /// Returns the address after the copy.
    private static func copy(
        _ bytes: UnsafeBufferPointer<UInt8>,
        to memory: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if let start = bytes.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
        return memory + bytes.count
    }

    private func visit(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>?) -> Void) {
        var place = start
        while place < end {
            let nameCount = Int(place.loadUnaligned(as: Int32.self))
            let valueCount = Int(place.loadUnaligned(fromByteOffset: MemoryLayout<Int32>.size, as: Int32.self))
            let name = place + Self.prefix
            place = name + nameCount + max(0, valueCount)
            body(
                Self.bytes(name, nameCount),
                valueCount < 0 ? nil : Self.bytes(name + nameCount, valueCount)
            )
        }
    }

    private static func bytes(_ start: UnsafeRawPointer, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        visit { name, value in
            if let value { body(name.span, value.span) } else { body(name.span, nil) }
        }
    }

    /// The headers as values.
    var list: [KafkaHeader] {
        var list: [KafkaHeader] = []
        visit { name, value in list.append(KafkaHeader(key: String(decoding: name, as: UTF8.self), value: value)) }
        return list
    }

    // A record's headers never change: nothing injects into them.
    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {}
    mutating func appendHeader(name: String, value: Span<UInt8>) {}
}
