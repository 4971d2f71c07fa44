/// Finds the lines in the text of a captured stream. A pure value: its owner keeps the bytes, which it reads into
/// ``room``.
///
/// A line ends with a line feed, which a carriage return may precede. Empty lines have no text and are left out. A line
/// of more than ``limit`` bytes comes in pieces, each with a whole number of UTF-8 characters.
struct LineSplitter: Equatable {
    /// A line, or a piece of one.
    struct Line: Equatable {
        /// The text: offsets in the owner's memory.
        let range: Range<Int>
        /// Whether another piece of the same line follows.
        let continues: Bool
    }

    /// The largest number of bytes of a line's text.
    let limit: Int

    /// The bytes that are in no line yet.
    private(set) var unread = 0..<0

    /// No line feed is among the unread bytes before this offset.
    private var searched = 0

    /// - Parameter limit: At least 8, so that each piece has a character.
    init(limit: Int) {
        self.limit = max(limit, 8)
    }

    /// The number of bytes that the owner's memory must have.
    var capacity: Int { 2 * limit + 2 }

    /// Where the owner puts the next bytes. It is not empty after ``next(in:isLast:)`` has returned nil and
    /// ``takeMove()`` was obeyed.
    var room: Range<Int> { unread.upperBound..<capacity }

    /// Notes that the owner has put so many bytes at the beginning of ``room``.
    mutating func add(_ count: Int) {
        unread = unread.lowerBound..<unread.upperBound + count
    }

    /// Returns the bytes that the owner must move to the beginning of its memory to make room, or nil.
    mutating func takeMove() -> Range<Int>? {
        guard unread.lowerBound > 0, unread.isEmpty || room.count < limit else { return nil }
        defer {
            searched -= unread.lowerBound
            unread = 0..<unread.count
        }
        return unread
    }

    /// Returns the next line, or nil if more bytes are needed.
    ///
    /// - Parameter isLast: Whether no more bytes will come, so that the rest is a line.
    mutating func next(in bytes: UnsafePointer<UInt8>, isLast: Bool = false) -> Line? {
        while true {
            // A text of `limit` bytes can have two bytes of line end.
            let stop = min(unread.upperBound, unread.lowerBound + limit + 2)
            let lineFeed = (searched..<stop).first { bytes[$0] == UInt8(ascii: "\n") }
            searched = lineFeed ?? stop
            guard lineFeed != nil || isLast && !unread.isEmpty || unread.count >= limit + 2 else { return nil }

            let start = unread.lowerBound
            var end = lineFeed ?? stop
            let isWhole = lineFeed != nil || stop == unread.upperBound && isLast
            if isWhole, end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            if isWhole, end - start <= limit {
                unread = (lineFeed.map { $0 + 1 } ?? stop)..<unread.upperBound
                searched = unread.lowerBound
                if end > start { return Line(range: start..<end, continues: false) }
                continue
            }
            let cut = Self.cut(bytes, start + limit)
            unread = cut..<unread.upperBound
            return Line(range: start..<cut, continues: true)
        }
    }

    /// The offset, or the one before it at which a character begins.
    private static func cut(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> Int {
        (0...3).lazy.map { offset - $0 }.first { bytes[$0] & 0xC0 != 0x80 } ?? offset
    }
}
