/// Whether a stream of lines ends with a whole line, as far as this process knows.
///
/// A full disk accepts only the beginning of a line. The next line then needs a line feed in front of it. Otherwise
/// both form one unreadable line.
struct LineEnd {
    /// Whether the last bytes that were written have no line feed at their end.
    private(set) var isTorn = false

    /// Notes that a stream took `written` of `total` bytes of a line, whose last byte is its line feed.
    ///
    /// - Parameter hasBreakInFront: Whether the first of these bytes is a line feed that ends a torn line.
    /// - Returns: Whether a reader gets the whole line. If only the line feed is missing, the reader does, because the
    ///   next line begins with one.
    mutating func note(written: Int, of total: Int, hasBreakInFront: Bool) -> Bool {
        if written == 0 { return false }
        if hasBreakInFront && written == 1 {
            isTorn = false
            return false
        }
        isTorn = written < total
        return written >= total - 1
    }
}
