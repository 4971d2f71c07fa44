// Values are read as bytes: a comma with a combining mark behind it is one `Character`.
extension Span<UInt8> {
    /// `range` without the optional white space (spaces and tabs) at its ends.
    ///
    /// Specification: [RFC 9110, section 5.6.3](https://www.rfc-editor.org/rfc/rfc9110#name-whitespace).
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower] == 0x20 || self[lower] == 0x09 { lower += 1 }
        while lower < upper, self[upper - 1] == 0x20 || self[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        for index in range where self[index] == byte { return index }
        return nil
    }

    /// Calls `body` with the range of each field between separators, trimmed; those that are then empty are passed over.
    func forEachField<Failure: Error>(
        separatedBy separator: UInt8,
        in range: Range<Int>,
        _ body: (Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = firstIndex(of: separator, in: start..<range.upperBound) ?? range.upperBound
            let field = trimmed(start..<end)
            if !field.isEmpty { try body(field) }
            start = end + 1
        }
    }
}
