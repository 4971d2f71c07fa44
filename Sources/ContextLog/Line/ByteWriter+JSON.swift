internal import CMALoggerShims
internal import ContextPropagation

extension ByteWriter {
    /// Appends valid UTF-8 as the content of a JSON string.
    ///
    /// It escapes the quote, the backslash, and the characters that end a line or that a terminal executes: U+0000 to
    /// U+001F, U+007F to U+009F, U+2028 and U+2029. Every other character stays as it is.
    @inline(__always)
    package mutating func append(escaping bytes: UnsafePointer<UInt8>, _ length: Int) {
        guard _fastPath(malogc_copy_plain(place(length), bytes, length) != 0) else {
            return append(escapingSlowly: bytes, length)
        }
        end += length
    }

    /// Appends text with the escapes of JSON, byte by byte.
    @inline(never)
    package mutating func append(escapingSlowly bytes: UnsafePointer<UInt8>, _ length: Int) {
        var index = 0
        // An escape takes at most six bytes for one. Long texts are written in pieces, so that they reserve little more
        // than they need.
        while index < length {
            let piece = min(length, index + 1024)
            var target = place(6 * (piece - index) + 6)
            while index < piece {
                if index + 16 <= piece, malogc_may_need_escape(bytes + index) == 0 {
                    target.update(from: bytes + index, count: 16)
                    target += 16
                    index += 16
                    continue
                }
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
            end = target
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
