internal import CMALoggerRDKafka
internal import ContextPropagation

extension HeaderBytes {
    /// A list of no headers.
    init() {
        self.init(start: emptyBytes, end: emptyBytes)
    }

    /// Copies headers.
    ///
    /// - Parameter memory: Provides the memory, which must outlive this value.
    @inline(__always)
    init(copying headers: NativeHeaders, to memory: inout BatchMemory) {
        // The headers of most records fit into the current block. Then they are visited once.
        let rest = memory.rest
        if let end = rest.baseAddress.flatMap({ Self.copy(headers, to: $0, rest.count) }) {
            let start = memory.reserve(end - (rest.baseAddress ?? end))
            self.init(start: start, end: end)
        } else {
            self.init(copyingInTwoPasses: headers, to: &memory)
        }
    }

    @inline(never)
    private init(copyingInTwoPasses headers: NativeHeaders, to memory: inout BatchMemory) {
        var size = 0
        headers.visit { name, value in size += Self.size(name, value) }
        let target = memory.reserve(size)
        self.init(start: target, end: Self.copy(headers, to: target, size) ?? target)
    }

    /// Copies headers into `count` bytes. Returns the end of the copy; nil if they need more.
    @inline(__always)
    private static func copy(
        _ headers: NativeHeaders,
        to memory: UnsafeMutableRawPointer,
        _ count: Int
    ) -> UnsafeMutableRawPointer? {
        var place = memory
        var left = count
        headers.visit { name, value in
            left -= size(name, value)
            if left < 0 { return }
            place.storeBytes(of: Int32(truncatingIfNeeded: name.count), as: Int32.self)
            place.storeBytes(
                of: value.map { Int32(truncatingIfNeeded: $0.count) } ?? -1,
                toByteOffset: MemoryLayout<Int32>.size,
                as: Int32.self
            )
            place += prefix
            place = copy(name, to: place)
            if let value { place = copy(value, to: place) }
        }
        return left < 0 ? nil : place
    }

    private static func size(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>?) -> Int {
        prefix + name.count + (value?.count ?? 0)
    }

    /// Returns the address after the copy.
    private static func copy(
        _ bytes: UnsafeBufferPointer<UInt8>,
        to memory: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if let start = bytes.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
        return memory + bytes.count
    }

    /// The headers as values.
    var list: [KafkaHeader] {
        var list: [KafkaHeader] = []
        forEachHeader { name, value in
            var bytes: [UInt8]?
            if let value { bytes = value.withUnsafeBufferPointer { Array($0) } }
            let key = name.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            list.append(KafkaHeader(key: key, value: bytes))
        }
        return list
    }
}
