/// The names of all keys as words, so that one comparison of a few words tells whether a line continues with a key.
struct LineKeyTable: @unchecked Sendable {
    // Unchecked because of the pointer: the words are written once, before the table is shared, and never freed.
    private let words: UnsafeMutablePointer<UInt64>
    private static let stride = 8

    /// Words 0 to 4 are the name and its closing quote, word 5 is the mask of the last word, word 6 is the number of
    /// words, and word 7 is the number of bytes with the quote.
    static let shared = LineKeyTable()

    private init() {
        let count = LineKey.allCases.count
        words = .allocate(capacity: count * Self.stride)
        words.initialize(repeating: 0, count: count * Self.stride)
        for key in LineKey.allCases {
            let row = words + Int(key.rawValue) * Self.stride
            let length = key.name.utf8CodeUnitCount + 1
            precondition(length <= 40)
            let bytes = UnsafeMutableRawPointer(row)
            bytes.copyMemory(from: key.name.utf8Start, byteCount: length - 1)
            bytes.storeBytes(of: UInt8(ascii: "\""), toByteOffset: length - 1, as: UInt8.self)
            row[5] = length % 8 == 0 ? .max : (1 << UInt64(length % 8 * 8)) - 1
            row[6] = UInt64((length + 7) / 8)
            row[7] = UInt64(length)
        }
    }

    /// Whether the bytes, which follow an opening quote, are the name of the key and a quote. Returns the number of
    /// these bytes, or 0. The 40 bytes from the start must be readable.
    @inline(__always)
    func length(of key: UInt8, at bytes: UnsafePointer<UInt8>) -> Int {
        let row = words + Int(key) &* Self.stride
        let last = Int(truncatingIfNeeded: row[6]) &- 1
        let raw = UnsafeRawPointer(bytes)
        var index = 0
        while index < last {
            let word = raw.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)
            if word.littleEndian != row[index].littleEndian { return 0 }
            index &+= 1
        }
        let word = raw.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self).littleEndian
        if (word ^ row[last].littleEndian) & row[5] != 0 { return 0 }
        return Int(truncatingIfNeeded: row[7])
    }

    /// Finds the key that the bytes name, or nil.
    func key(at bytes: UnsafePointer<UInt8>) -> (key: LineKey, length: Int)? {
        for key in LineKey.allCases {
            let length = length(of: key.rawValue, at: bytes)
            if length > 0 { return (key, length) }
        }
        return nil
    }
}
