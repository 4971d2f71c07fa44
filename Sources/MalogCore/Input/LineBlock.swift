/// Whole lines in memory, one after another. Each ends with a line feed, and ``LineReader/padding`` bytes after the
/// last one can be read.
package struct LineBlock {
    package let start: UnsafePointer<UInt8>
    package let count: Int
    /// Whether the last line had no line feed in its file.
    package var isUnfinished = false
    /// Whether this is only the beginning of a line that is too long to read.
    package var isTooLong = false

    package var end: UnsafePointer<UInt8> { start + count }

    /// Calls `body` with each line. It returns the line feed at which the line ends.
    @inline(__always)
    func forEachLine(_ body: (UnsafePointer<UInt8>) -> UnsafePointer<UInt8>) {
        var line = start
        while line < end { line = body(line) + 1 }
    }

    /// The line feed of the line that contains the byte.
    @inline(__always)
    func lineFeed(from byte: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        System.lineFeed(in: byte, end - byte) ?? end - 1
    }
}

/// Memory for a block: the lines, and readable bytes after them.
struct BlockBuffer: ~Copyable {
    /// A line that is longer than this, with its line feed, is not read.
    static let lineLimit = 1 << 24

    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        bytes = .allocate(capacity: capacity + LineReader.padding)
        bytes.initialize(repeating: 0, count: capacity + LineReader.padding)
    }

    deinit { bytes.deallocate() }

    mutating func grow(to larger: Int) {
        if larger > capacity { reallocate(larger) }
    }

    /// Gives memory back after a very long line.
    mutating func shrink(to smaller: Int) {
        if capacity > 4 * smaller, count <= smaller { reallocate(smaller) }
    }

    /// - Parameter newCapacity: At least ``count``.
    private mutating func reallocate(_ newCapacity: Int) {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity + LineReader.padding)
        memory.initialize(repeating: 0, count: newCapacity + LineReader.padding)
        memory.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = memory
        capacity = newCapacity
    }

    /// Removes the first bytes.
    mutating func drop(_ number: Int) {
        count -= number
        if count > 0 { bytes.update(from: bytes + number, count: count) }
    }
}
