/// The metadata text of a committed offset. It lists the finished offsets beyond the committed one, so that a restart
/// does not repeat them.
///
/// The text is `ma-logger/1:` and the Base64 form of these parts: a byte for the form, the committed offset, the
/// finished offsets as run lengths or as a bitmap (whichever is shorter), and a checksum. It contains the committed
/// offset because tools move offsets and keep their metadata. A text of another program is never read as ma-logger's,
/// because a record would be lost.
package enum CommitMetadata {
    /// The largest text that a broker accepts, unless `offset.metadata.max.bytes` says otherwise.
    package static let maximumBytes = 4096

    static let name = "ma-logger/"
    static let prefix = name + "1:"

    private enum Form: UInt8 {
        case runLengths = 1
        case bitmap = 2
    }

    private static let checksumBytes = 4

    // MARK: Writing

    /// Returns the text for a commit. It is empty if no offset beyond the committed one is finished. If only the first
    /// of the finished offsets fit, it has only those, and a restart repeats the others.
    ///
    /// - Parameters:
    ///   - finished: The finished offsets beyond `committed`, as ascending ranges with gaps between them.
    ///   - limit: The largest number of bytes of the text.
    package static func encode(
        committed: Int,
        finished: [Range<Int>],
        limit: Int = maximumBytes
    ) -> String {
        guard let last = finished.last, committed >= 0 else { return "" }
        var header: [UInt8] = []
        VariableLengthInteger.append(committed, to: &header)
        let room = Base64.capacity(ofDigits: max(0, limit - prefix.utf8.count)) - 1 - header.count - checksumBytes
        let (lengths, fitting) = runLengths(of: finished, after: committed, room: room)
        let areComplete = fitting == finished.count
        let bitmapBytes = (last.upperBound - committed + 6) / 8
        if areComplete, lengths.count <= bitmapBytes { return text(.runLengths, header, lengths) }
        let isWhole = bitmapBytes <= room
        let bitmap = bitmap(of: finished, after: committed, bytes: min(bitmapBytes, max(0, room)))
        if isWhole { return text(.bitmap, header, bitmap) }
        if areComplete { return text(.runLengths, header, lengths) }
        let covered = finished[..<fitting].reduce(0) { $0 + $1.count }
        let isBitmapBetter = bitmap.reduce(0) { $0 + $1.nonzeroBitCount } > covered
        if isBitmapBetter { return text(.bitmap, header, bitmap) }
        return fitting == 0 ? "" : text(.runLengths, header, lengths)
    }

    /// Returns which of many finished ranges ``encode(committed:finished:limit:)`` can use. It makes the same text from
    /// the first ranges alone if they are at least `count`, and if the last of them ends at or beyond `end`.
    package static func usableRanges(committed: Int, limit: Int = maximumBytes) -> (count: Int, end: Int) {
        // More than there is room for. A run length takes at least a byte, so a range takes two; in the bitmap, an
        // offset takes a bit.
        let bytes = Base64.capacity(ofDigits: max(0, limit - prefix.utf8.count)) + 1
        let (end, isTooHigh) = committed.addingReportingOverflow(bytes * 8)
        return (bytes / 2 + 1, isTooHigh ? .max : end)
    }

    /// Returns the largest number of bytes that ``encode(committed:finished:limit:)`` needs for `ranges` ranges over
    /// `span` offsets. O(1).
    package static func sizeBound(ranges: Int, span: Int) -> Int {
        guard ranges > 0, span > 0 else { return 0 }
        // The sum of the logarithms of lengths is largest when all lengths are the same.
        let meanLength = span / (2 * ranges) + 1
        let bits = Int.bitWidth - meanLength.leadingZeroBitCount
        let lengths = 2 * ranges + 2 * ranges * bits / 7
        let bytes = 1 + 9 + checksumBytes + min(lengths, span / 8 + 1)
        return prefix.utf8.count + Base64.length(ofBytes: bytes)
    }

    private static func text(_ form: Form, _ header: [UInt8], _ body: [UInt8]) -> String {
        var bytes = [form.rawValue] + header + body
        let checksum = checksum(bytes[...])
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: checksum >> shift))
        }
        return prefix + Base64.text(of: bytes)
    }

    /// Returns the lengths of unfinished and finished runs in turn, and the number of ranges that fit.
    private static func runLengths(
        of ranges: [Range<Int>],
        after committed: Int,
        room: Int
    ) -> (bytes: [UInt8], ranges: Int) {
        var bytes: [UInt8] = []
        var position = committed
        for (index, range) in ranges.enumerated() {
            let count = bytes.count
            VariableLengthInteger.append(range.lowerBound - position, to: &bytes)
            VariableLengthInteger.append(range.count, to: &bytes)
            if bytes.count > room {
                bytes.removeLast(bytes.count - count)
                return (bytes, index)
            }
            position = range.upperBound
        }
        return (bytes, ranges.count)
    }

    /// Returns a bitmap with one bit for each offset after the committed one.
    private static func bitmap(of ranges: [Range<Int>], after committed: Int, bytes count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        for range in ranges {
            for offset in range {
                let bit = offset - committed - 1
                if bit / 8 >= count { return bytes }
                if bit >= 0 { bytes[bit / 8] |= 1 << UInt8(bit % 8) }
            }
        }
        return bytes
    }

    // MARK: Reading

    /// The content of the metadata text of a committed offset.
    package enum Decoded: Equatable, Sendable {
        /// The finished offsets beyond the committed one: ascending, disjoint, and below the end of the partition.
        case finished([Range<Int>])
        /// No usable offsets, and the reason. Every record from the committed offset on must be handled.
        case nothing(Reason)
    }

    /// The reason why a text is not used.
    package enum Reason: String, Sendable {
        case absent = "there is none"
        case foreign = "another program wrote it"
        case otherVersion = "another version of ma-logger wrote it"
        case damaged = "it is damaged"
        case otherOffset = "it belongs to another committed offset"
        case beyondEnd = "it names offsets beyond the partition's end"
    }

    /// Reads a text from the group's commit. No text traps, and the function reads at most 4,096 bytes.
    ///
    /// - Parameters:
    ///   - committed: The committed offset to which the text belongs.
    ///   - end: The offset of the partition's next record. Finished offsets beyond it come from a log that was
    ///     truncated or recreated. Using them would lose the records that are there now.
    package static func decode(_ text: String?, committed: Int, end: Int) -> Decoded {
        guard let text, !text.isEmpty else { return .nothing(.absent) }
        guard text.utf8.starts(with: name.utf8) else { return .nothing(.foreign) }
        guard text.utf8.starts(with: prefix.utf8) else { return .nothing(.otherVersion) }
        guard text.utf8.count <= maximumBytes,
            let bytes = Base64.bytes(of: text.utf8.dropFirst(prefix.utf8.count)),
            bytes.count > 1 + checksumBytes
        else { return .nothing(.damaged) }
        var body = bytes.dropLast(checksumBytes)
        let expected = bytes.suffix(checksumBytes).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard checksum(body) == expected, let form = Form(rawValue: body.removeFirst()) else {
            return .nothing(.damaged)
        }
        guard let base = VariableLengthInteger.read(from: &body) else { return .nothing(.damaged) }
        guard base == committed else { return .nothing(.otherOffset) }
        let ranges =
            switch form {
            case .runLengths: readRunLengths(body, after: base)
            case .bitmap: readBitmap(body, after: base)
            }
        guard let ranges else { return .nothing(.damaged) }
        guard committed <= end, (ranges.last?.upperBound ?? 0) <= end else { return .nothing(.beyondEnd) }
        return .finished(ranges)
    }

    private static func readRunLengths(_ bytes: ArraySlice<UInt8>, after committed: Int) -> [Range<Int>]? {
        var bytes = bytes
        var ranges: [Range<Int>] = []
        var position = committed
        while !bytes.isEmpty {
            guard let gap = VariableLengthInteger.read(from: &bytes),
                let count = VariableLengthInteger.read(from: &bytes), gap > 0, count > 0
            else { return nil }
            let (first, isTooFar) = position.addingReportingOverflow(gap)
            if isTooFar { return nil }
            let (last, isTooLong) = first.addingReportingOverflow(count)
            if isTooLong { return nil }
            ranges.append(first..<last)
            position = last
        }
        return ranges
    }

    private static func readBitmap(_ bytes: ArraySlice<UInt8>, after committed: Int) -> [Range<Int>]? {
        guard committed < Int.max - 8 * (bytes.count + 1) else { return nil }
        var ranges: [Range<Int>] = []
        var first: Int?
        var offset = committed + 1
        for byte in bytes {
            for bit in 0..<8 {
                if byte >> UInt8(bit) & 1 == 1 {
                    first = first ?? offset
                } else if let start = first {
                    ranges.append(start..<offset)
                    first = nil
                }
                offset += 1
            }
        }
        if let first { ranges.append(first..<offset) }
        return ranges
    }

    /// FNV-1a with 32 bits. It detects damage, but not forgery.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
