internal import CMalogScan

/// Reads one line of JSON, byte by byte.
///
/// The line ends with a line feed. No rule of JSON lets a line feed stand inside a value, so the scanner stops there
/// without counting bytes. The caller makes sure that 64 bytes after the line feed can be read.
struct JSONScanner {
    static let depthLimit = 128

    let start: UnsafePointer<UInt8>
    var next: UnsafePointer<UInt8>

    @inline(__always)
    init(_ line: UnsafePointer<UInt8>) {
        start = line
        next = line
    }

    var offset: Int { next - start }

    /// The fault at the next byte. At the end of the line, the line is torn.
    func fault(_ kind: LineFault.Kind) -> LineFault {
        LineFault(next.pointee == Self.lineFeed ? .torn : kind, at: offset)
    }

    /// Passes blanks. A line feed is not one.
    @inline(__always)
    mutating func skipBlanks() {
        // Most lines have no blanks, and one comparison tells that.
        while next.pointee <= 0x20 {
            guard next.pointee == 0x20 || next.pointee == 0x09 || next.pointee == 0x0D else { return }
            next += 1
        }
    }

    @inline(__always)
    mutating func pass(_ byte: UInt8) throws(LineFault) {
        guard next.pointee == byte else { throw fault(.badJSON) }
        next += 1
    }

    // MARK: Strings

    /// Reads the rest of a string whose opening quote has been read, with its closing quote. Returns whether it has
    /// escapes.
    @inline(__always)
    mutating func endString() throws(LineFault) -> Bool {
        next = cmalog_end_of_plain(next)
        if next.pointee == Self.quote {
            next += 1
            return false
        }
        return try endUnusualString()
    }

    private mutating func endUnusualString() throws(LineFault) -> Bool {
        var hasEscapes = false
        while true {
            switch next.pointee {
            case Self.quote:
                next += 1
                return hasEscapes
            case Self.backslash:
                hasEscapes = true
                try passEscape()
            case 0x80...:
                try passUTF8()
            default:
                throw fault(.controlCharacter)
            }
            next = cmalog_end_of_plain(next)
        }
    }

    private mutating func passEscape() throws(LineFault) {
        switch next[1] {
        case Self.quote, Self.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            next += 2
        case UInt8(ascii: "u"):
            guard let first = unit(at: 2) else { throw escapeFault() }
            // A surrogate must come as a pair, because a string of Unicode cannot hold a single one.
            if (0xD800...0xDFFF).contains(first) {
                guard first < 0xDC00, next[6] == Self.backslash, next[7] == UInt8(ascii: "u"), let second = unit(at: 8),
                    (0xDC00...0xDFFF).contains(second)
                else { throw escapeFault() }
                next += 12
            } else {
                next += 6
            }
        default:
            throw escapeFault()
        }
    }

    private func escapeFault() -> LineFault {
        // The escape may be cut by the end of the line.
        var index = 1
        while index < 12, next[index] != Self.lineFeed, next[index] != Self.quote { index += 1 }
        return LineFault(index < 12 && next[index] == Self.lineFeed ? .torn : .badEscape, at: offset)
    }

    /// The UTF-16 unit of four hex digits.
    private func unit(at index: Int) -> UInt32? {
        var value: UInt32 = 0
        for position in index..<index + 4 {
            guard let digit = Self.hexDigit(next[position]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Specification: [Unicode, table 3-7](https://www.unicode.org/versions/latest/core-spec/chapter-3/).
    private mutating func passUTF8() throws(LineFault) {
        let first = next.pointee
        let second = next[1]
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0 where second >= 0xA0: length = 3
        case 0xED where second < 0xA0: length = 3
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xF0 where second >= 0x90: length = 4
        case 0xF4 where second < 0x90: length = 4
        case 0xF1...0xF3: length = 4
        default: throw LineFault(.invalidUTF8, at: offset)
        }
        for index in 1..<length where next[index] & 0xC0 != 0x80 {
            throw LineFault(next[index] == Self.lineFeed ? .torn : .invalidUTF8, at: offset)
        }
        next += length
    }

    // MARK: Numbers and words

    /// Specification: [RFC 8259, section 6](https://www.rfc-editor.org/rfc/rfc8259#section-6).
    @inline(__always)
    mutating func passNumber() throws(LineFault) {
        if next.pointee == UInt8(ascii: "-") { next += 1 }
        if next.pointee == UInt8(ascii: "0") {
            next += 1
        } else {
            try passDigits()
        }
        if next.pointee == UInt8(ascii: ".") {
            next += 1
            try passDigits()
        }
        if next.pointee | 0x20 == UInt8(ascii: "e") {
            next += 1
            if next.pointee == UInt8(ascii: "+") || next.pointee == UInt8(ascii: "-") { next += 1 }
            try passDigits()
        }
    }

    @inline(__always)
    private mutating func passDigits() throws(LineFault) {
        guard next.pointee &- UInt8(ascii: "0") < 10 else { throw fault(.badNumber) }
        repeat { next += 1 } while next.pointee &- UInt8(ascii: "0") < 10
    }

    mutating func passWord(_ word: StaticString) throws(LineFault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard next.pointee == word.utf8Start[index] else { throw fault(.badJSON) }
            next += 1
        }
    }

    static let lineFeed = UInt8(ascii: "\n")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
}
