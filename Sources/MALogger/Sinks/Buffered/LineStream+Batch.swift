/// The result of writing a batch.
struct BatchResult: Equatable {
    /// The number of lines that no reader gets as a whole.
    var lost = 0
    /// The system's error number for the last lost line, or 0.
    var error: Int32 = 0
    /// Whether the last line was written.
    var endsWritten = true
}

extension LineStream {
    /// Writes many lines with few calls. If a call fails, the other lines of the batch are tried one by one, as if each
    /// had been logged at that moment.
    ///
    /// - Parameters:
    ///   - bytes: One or more lines, each with its line feed.
    ///   - pieceSize: The number of bytes that one call writes at most. A call writes whole lines, and one line of a
    ///     greater length by itself.
    ///   - progress: Receives the offset up to which all lines are written or lost, after each call.
    ///   - write: As for ``append(_:_:_:)``.
    mutating func append(
        batch bytes: UnsafePointer<UInt8>,
        _ count: Int,
        pieceSize: Int = .max,
        progress: (Int) -> Void = { _ in },
        _ write: (UnsafePointer<UInt8>, Int) -> Int
    ) -> BatchResult {
        var result = BatchResult()
        var offset = 0
        while offset < count {
            let rest = count - offset
            let piece =
                end.isTorn
                ? Self.firstLine(bytes + offset, rest) : Self.piece(bytes + offset, rest, atMost: pieceSize)
            let first = end.isTorn ? 0 : write(bytes + offset, piece)
            if first == piece {
                result.endsWritten = true
                offset += piece
            } else {
                offset += max(0, first)
                offset = finishLine(bytes, offset, count, isError: first < 0 ? first : 0, &result, write)
            }
            progress(offset)
        }
        return result
    }

    /// Writes the rest of the line at `offset`, of which a call took a part or nothing. Returns the offset of the next
    /// line.
    private mutating func finishLine(
        _ bytes: UnsafePointer<UInt8>,
        _ offset: Int,
        _ count: Int,
        isError first: Int,
        _ result: inout BatchResult,
        _ write: (UnsafePointer<UInt8>, Int) -> Int
    ) -> Int {
        var start = offset
        while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        // The call ended between two lines.
        if start == offset, first == 0, !end.isTorn { return offset }
        let size = Self.firstLine(bytes + start, count - start)
        // The line counts as a line of its own. The call that was made took the beginning of it.
        var taken: Int? = end.isTorn ? nil : first < 0 ? first : offset - start
        let error = append(bytes + start, size) { bytes, count in taken.take() ?? write(bytes, count) }
        result.endsWritten = error == 0
        if error != 0 {
            result.lost += 1
            result.error = error
        }
        return start + size
    }

    /// The number of bytes up to and with the first line feed.
    private static func firstLine(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        let lines = UnsafeBufferPointer(start: bytes, count: count)
        return (lines.firstIndex(of: UInt8(ascii: "\n")) ?? count - 1) + 1
    }

    /// The number of bytes of the whole lines that fit into a piece, or of the first line.
    private static func piece(_ bytes: UnsafePointer<UInt8>, _ count: Int, atMost limit: Int) -> Int {
        if count <= limit { return count }
        let lines = UnsafeBufferPointer(start: bytes, count: limit)
        return lines.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? firstLine(bytes, count)
    }
}
