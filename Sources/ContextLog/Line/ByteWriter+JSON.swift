internal import ContextPropagation

extension ByteWriter {
    /// Appends valid UTF-8 as the content of a JSON string.
    ///
    /// It escapes the quote, the backslash, and the characters that end a line or that a terminal executes: U+0000 to
    /// U+001F, U+007F to U+009F, U+2028 and U+2029. Every other character stays as it is.
    package mutating func append(escaping bytes: UnsafePointer<UInt8>, _ length: Int) {
        let target = UnsafeMutableRawPointer(place(length))
        let source = UnsafeRawPointer(bytes)
        guard _fastPath(length >= 8) else { return append(escapingShort: source, length, at: target) }
        var index = 0
        while index &+ 8 <= length {
            let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard _fastPath(Self.isPlain(word)) else { return append(escapingSlowly: bytes, from: index, length) }
            target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        if index < length {
            // The last eight bytes. Some of them were checked before.
            let word = source.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
            guard _fastPath(Self.isPlain(word)) else { return append(escapingSlowly: bytes, from: index, length) }
            target.storeBytes(of: word, toByteOffset: length &- 8, as: UInt64.self)
        }
        count &+= length
    }

    /// Appends fewer than eight bytes, in two parts that may overlap.
    @inline(__always)
    private mutating func append(
        escapingShort source: UnsafeRawPointer,
        _ length: Int,
        at target: UnsafeMutableRawPointer
    ) {
        if length >= 4 {
            let first = source.loadUnaligned(as: UInt32.self)
            let last = source.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
            if _fastPath(Self.isPlain(UInt64(first) | UInt64(last) &<< 32)) {
                target.storeBytes(of: first, as: UInt32.self)
                target.storeBytes(of: last, toByteOffset: length &- 4, as: UInt32.self)
                count &+= length
                return
            }
        } else if length > 0 {
            let first = source.load(as: UInt8.self)
            let middle = source.load(fromByteOffset: length &>> 1, as: UInt8.self)
            let last = source.load(fromByteOffset: length &- 1, as: UInt8.self)
            let spaces: UInt64 = 0x2020_2020_2000_0000
            if _fastPath(Self.isPlain(spaces | UInt64(first) | UInt64(middle) &<< 8 | UInt64(last) &<< 16)) {
                target.storeBytes(of: first, as: UInt8.self)
                target.storeBytes(of: middle, toByteOffset: length &>> 1, as: UInt8.self)
                target.storeBytes(of: last, toByteOffset: length &- 1, as: UInt8.self)
                count &+= length
                return
            }
        }
        append(escapingSlowly: source.assumingMemoryBound(to: UInt8.self), from: 0, length)
    }

    /// Whether each of the eight bytes is printable ASCII, but neither a quote nor a backslash.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let delete = word ^ (ones &* 0x7F)
        let control = word &- ones &* 0x20
        let suspects = control | (quote &- ones) | (backslash &- ones) | (delete &- ones) | word
        return suspects & tops == 0
    }

    /// Appends bytes of which the first `plain` ones are written, but not counted yet.
    @inline(never)
    private mutating func append(escapingSlowly bytes: UnsafePointer<UInt8>, from plain: Int, _ length: Int) {
        count &+= plain
        var index = plain
        // An escape takes at most six bytes for one. Long texts are written in pieces, so that they reserve little more
        // than they need.
        while index < length {
            let end = min(length, index + 1024)
            var target = place(6 * (end - index) + 6)
            let start = target
            while index < end {
                let byte = bytes[index]
                if _fastPath(
                    byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F && byte != 0xC2 && byte != 0xE2
                ) {
                    target.pointee = byte
                    target += 1
                    index += 1
                    continue
                }
                switch byte {
                case 0xC2 where index + 1 < length && bytes[index + 1] < 0xA0:
                    Self.escape(0, bytes[index + 1], at: &target)
                    index += 2
                case 0xE2
                where index + 2 < length && bytes[index + 1] == 0x80
                    && (bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9):
                    Self.escape(0x20, bytes[index + 2] - 0x80, at: &target)
                    index += 3
                case 0xC2, 0xE2:
                    target.pointee = byte
                    target += 1
                    index += 1
                case 0x22, 0x5C:
                    Self.escape(letter: byte, at: &target)
                    index += 1
                case 0x0A:
                    Self.escape(letter: UInt8(ascii: "n"), at: &target)
                    index += 1
                case 0x0D:
                    Self.escape(letter: UInt8(ascii: "r"), at: &target)
                    index += 1
                case 0x09:
                    Self.escape(letter: UInt8(ascii: "t"), at: &target)
                    index += 1
                default:
                    Self.escape(0, byte, at: &target)
                    index += 1
                }
            }
            count += target - start
        }
    }

    private static func escape(letter: UInt8, at target: inout UnsafeMutablePointer<UInt8>) {
        target[0] = UInt8(ascii: "\\")
        target[1] = letter
        target += 2
    }

    private static func escape(_ high: UInt8, _ low: UInt8, at target: inout UnsafeMutablePointer<UInt8>) {
        target[0] = UInt8(ascii: "\\")
        target[1] = UInt8(ascii: "u")
        for (index, byte) in [(2, high), (4, low)] {
            target[index] = Hex.digit(UInt64(byte >> 4))
            target[index + 1] = Hex.digit(UInt64(byte))
        }
        target += 6
    }

    package mutating func append(escaping text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ append(escaping: $0) }) == nil {
            // Linux has no such strings: the system would have to bridge them from another type.
            append(escaping: String(decoding: Array(text.utf8), as: UTF8.self))
        }
    }

    package mutating func append(escaping utf8: UnsafeBufferPointer<UInt8>) {
        guard let start = utf8.baseAddress else { return }
        append(escaping: start, utf8.count)
    }

    package mutating func append(quoting text: String) {
        append(UInt8(ascii: "\""))
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }
}
