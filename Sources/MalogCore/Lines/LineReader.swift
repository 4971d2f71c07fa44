/// The place of a value in its line.
package struct FieldRange: Sendable {
    /// The first byte of the value: of a string, the one after the quote.
    package var start: UInt32 = 0
    package var count: UInt32 = 0
    package var type = ValueType.null
    package var hasEscapes = false
}

/// Reads lines of all schemas. The result of a line depends on nothing but its bytes.
///
/// A reader checks the whole JSON text and remembers where each known member is. It takes no memory for a line: one
/// reader reads any number of lines, one after another.
package struct LineReader: ~Copyable {
    /// The number of bytes after the line feed that must be readable.
    package static let padding = 64

    private var nested = NestedValues()
    private let ranges: UnsafeMutablePointer<FieldRange>
    /// For each key, the key that followed it in the latest line. Lines of one program have their keys in one order.
    private let followers: UnsafeMutablePointer<UInt8>
    private let table = LineKeyTable.shared
    private let types = Self.types

    /// The first byte of the line that was read.
    package private(set) var line: UnsafePointer<UInt8>
    /// The known keys of the line.
    package private(set) var keys = LineKeys()
    /// The known keys whose value has the type that a valid line has.
    package private(set) var wellTyped = LineKeys()
    /// The first key that comes after a key that it must precede.
    package private(set) var misplaced: LineKey?
    /// The place of the first name that is not a known key.
    package private(set) var unknownName: FieldRange?
    package private(set) var schema: LineSchema?

    private static let noKey = UInt8(LineKey.allCases.count)

    package init() {
        let count = LineKey.allCases.count
        ranges = .allocate(capacity: count)
        ranges.initialize(repeating: FieldRange(), count: count)
        followers = .allocate(capacity: count + 1)
        // In the default schema, each key is followed by the next one.
        for index in 0..<count { (followers + index).initialize(to: UInt8(min(index + 1, count - 1))) }
        (followers + count).initialize(to: 0)
        line = UnsafePointer(followers)
    }

    deinit {
        ranges.deallocate()
        followers.deallocate()
    }

    /// Reads the line that begins at `bytes`. It ends with a line feed, and ``padding`` bytes after that can be read.
    ///
    /// - Returns: The line feed.
    /// - Throws: The first fault of the JSON text.
    package mutating func read(_ bytes: UnsafePointer<UInt8>) throws(LineFault) -> UnsafePointer<UInt8> {
        line = bytes
        keys = []
        wellTyped = []
        misplaced = nil
        unknownName = nil
        schema = nil
        var scanner = JSONScanner(bytes)
        scanner.skipBlanks()
        guard scanner.next.pointee == UInt8(ascii: "{") else { throw LineFault(.notAnObject, at: scanner.offset) }
        scanner.next += 1
        scanner.skipBlanks()
        if scanner.next.pointee == UInt8(ascii: "}") {
            scanner.next += 1
        } else {
            try readMembers(&scanner)
        }
        scanner.skipBlanks()
        guard scanner.next.pointee == JSONScanner.lineFeed else {
            throw LineFault(.trailingBytes, at: scanner.offset)
        }
        schema = LineSchema(keys)
        return scanner.next
    }

    @inline(__always)
    private mutating func readMembers(_ scanner: inout JSONScanner) throws(LineFault) {
        var previous = Self.noKey
        while true {
            try scanner.pass(JSONScanner.quote)
            let guess = followers[Int(previous)]
            var length = table.length(of: guess, at: scanner.next)
            var key = guess
            if length == 0 {
                if let found = table.key(at: scanner.next) {
                    key = found.key.rawValue
                    length = found.length
                    followers[Int(previous)] = key
                } else {
                    key = Self.noKey
                }
            }
            if key == Self.noKey {
                try readUnknownMember(&scanner)
            } else {
                try readMember(key, length, after: previous, &scanner)
                previous = key
            }
            scanner.skipBlanks()
            if scanner.next.pointee == UInt8(ascii: ",") {
                scanner.next += 1
                scanner.skipBlanks()
                continue
            }
            try scanner.pass(UInt8(ascii: "}"))
            return
        }
    }

    @inline(__always)
    private mutating func readMember(
        _ key: UInt8,
        _ length: Int,
        after previous: UInt8,
        _ scanner: inout JSONScanner
    ) throws(LineFault) {
        let bit = LineKeys(rawValue: 1 << UInt64(key))
        if !keys.isDisjoint(with: bit) {
            throw LineFault(.duplicateKey, LineKey(rawValue: key), at: scanner.offset)
        }
        keys.formUnion(bit)
        if previous != Self.noKey, key < previous, misplaced == nil { misplaced = LineKey(rawValue: key) }
        scanner.next += length
        scanner.skipBlanks()
        try scanner.pass(UInt8(ascii: ":"))
        scanner.skipBlanks()
        var range = FieldRange()
        if scanner.next.pointee == JSONScanner.quote {
            scanner.next += 1
            range.start = UInt32(truncatingIfNeeded: scanner.offset)
            range.hasEscapes = try scanner.endString()
            range.count = UInt32(truncatingIfNeeded: scanner.offset) &- range.start &- 1
            range.type = .string
        } else {
            range.start = UInt32(truncatingIfNeeded: scanner.offset)
            range.type = try nested.pass(&scanner)
            range.count = UInt32(truncatingIfNeeded: scanner.offset) &- range.start
        }
        ranges[Int(key)] = range
        if range.type == types[Int(key)] { wellTyped.formUnion(bit) }
    }

    private mutating func readUnknownMember(_ scanner: inout JSONScanner) throws(LineFault) {
        let start = scanner.offset
        let hasEscapes = try scanner.endString()
        if unknownName == nil {
            unknownName = FieldRange(
                start: UInt32(truncatingIfNeeded: start),
                count: UInt32(truncatingIfNeeded: scanner.offset - start - 1),
                type: .string,
                hasEscapes: hasEscapes
            )
        }
        scanner.skipBlanks()
        try scanner.pass(UInt8(ascii: ":"))
        scanner.skipBlanks()
        _ = try nested.pass(&scanner)
    }

    // The pointer is written once and never freed.
    private nonisolated(unsafe) static let types: UnsafePointer<ValueType> = {
        let types = UnsafeMutablePointer<ValueType>.allocate(capacity: LineKey.allCases.count)
        for key in LineKey.allCases { (types + Int(key.rawValue)).initialize(to: key.type) }
        return UnsafePointer(types)
    }()

    // MARK: Members

    /// The bytes of the key's value, without the quotes of a string. Empty if the line does not have the key. They are
    /// valid as long as the line's memory.
    @inline(__always)
    package func bytes(_ key: LineKey) -> UnsafeBufferPointer<UInt8> {
        guard keys.contains(LineKeys(key)) else { return UnsafeBufferPointer(start: nil, count: 0) }
        let range = ranges[Int(key.rawValue)]
        return UnsafeBufferPointer(start: line + Int(range.start), count: Int(range.count))
    }

    @inline(__always)
    package func range(_ key: LineKey) -> FieldRange {
        ranges[Int(key.rawValue)]
    }

    /// The string of the key, or nil if the line does not have the key or its value is not a string.
    package func text(_ key: LineKey) -> String? {
        guard keys.contains(LineKeys(key)), range(key).type == .string else { return nil }
        return JSONText.string(bytes(key), hasEscapes: range(key).hasEscapes)
    }
}
