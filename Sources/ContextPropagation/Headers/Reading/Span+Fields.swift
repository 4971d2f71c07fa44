// Values are read as bytes, because a comma and a combining mark after it are one `Character`.
extension Span<UInt8> {
    /// The part of `range` without the optional white space (spaces and tabs) at its ends.
    ///
    /// Specification: [RFC 9110, section 5.6.3](https://www.rfc-editor.org/rfc/rfc9110#name-whitespace).
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower] == 0x20 || self[lower] == 0x09 { lower += 1 }
        while lower < upper, self[upper - 1] == 0x20 || self[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    /// Whether these bytes are `text` in any ASCII case. `text` is in lower case.
    func isCaseInsensitively(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefixCaseInsensitively(text)
    }

    /// Whether these bytes begin with `prefix` in any ASCII case. `prefix` is in lower case and not longer than they
    /// are.
    @inline(__always)
    func hasPrefixCaseInsensitively(_ prefix: StaticString) -> Bool {
        let expected = UnsafeRawPointer(prefix.utf8Start)
        let length = prefix.utf8CodeUnitCount
        // Two words that may overlap. The length is constant in each caller.
        switch length {
        case 8...16:
            return isSame(UInt64.self, expected, at: 0) && isSame(UInt64.self, expected, at: length - 8)
        case 4..<8:
            return isSame(UInt32.self, expected, at: 0) && isSame(UInt32.self, expected, at: length - 4)
        default:
            for index in 0..<length where !isSame(UInt8.self, expected, at: index) { return false }
            return true
        }
    }

    /// Whether the bytes from `offset` on are those of `expected` in any ASCII case.
    @inline(__always)
    private func isSame<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type,
        _ expected: UnsafeRawPointer,
        at offset: Int
    ) -> Bool {
        let wanted = expected.loadUnaligned(fromByteOffset: offset, as: Word.self)
        // 0x20 for each letter: the bytes that have the bits 0x40 and 0x20. No other such byte is in a name.
        let letters = (wanted >> 1) & wanted & (Word.max / 255 * 0x20)
        return bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Word.self) | letters == wanted
    }

    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        for index in range where self[index] == byte { return index }
        return nil
    }

    /// Calls `body` with the trimmed range of each field between separators, except for empty fields.
    func forEachField<Failure: Error>(
        separatedBy separator: UInt8,
        in range: Range<Int>,
        _ body: (Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = range.lowerBound
        while start < range.upperBound {
            if self[start] == separator {
                start += 1
                continue
            }
            let end = firstIndex(of: separator, in: start..<range.upperBound) ?? range.upperBound
            let field = trimmed(start..<end)
            if !field.isEmpty { try body(field) }
            start = end + 1
        }
    }
}

/// Goes through the fields of a text, including the empty ones. (It cannot hold the span, which must not escape.)
struct FieldCursor {
    private var position: Int
    private let end: Int
    private let separator: UInt8

    init(_ range: Range<Int>, separator: UInt8) {
        position = range.lowerBound
        end = range.upperBound
        self.separator = separator
    }

    /// Whether every field has been taken.
    var isAtEnd: Bool { position > end }

    /// The next field. Behind the last one, it is empty.
    mutating func next(in text: Span<UInt8>) -> Range<Int> {
        guard !isAtEnd else { return end..<end }
        let start = position
        let stop = text.firstIndex(of: separator, in: start..<end) ?? end
        position = stop + 1
        return start..<stop
    }
}
