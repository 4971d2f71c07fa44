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
        let expected = prefix.utf8Start
        for index in 0..<prefix.utf8CodeUnitCount {
            let byte = self[index]
            let lower = 65...90 ~= byte ? byte | 0x20 : byte
            if lower != expected[index] { return false }
        }
        return true
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
