/// Tracks the finished records of one partition, and computes the offset that is safe to commit.
///
/// Records are taken in the order of their offsets and finish in any order. The frontier is the offset below which
/// every taken record is finished. After a crash, reading from there loses nothing. Gaps between offsets (from
/// compaction or transaction markers) are allowed.
///
/// A value belongs to one assignment of one partition. Make a new value after a revoke, a seek or a reset. Every call
/// costs O(1) if the offsets have no gaps, and O(log gaps) otherwise. The memory is one bit for each record beyond the
/// frontier, and 16 bytes for each gap there.
package struct OffsetFrontier: Sendable {
    /// The result of offering a record.
    package enum Beginning: Sendable {
        /// The record is now pending. Handle it, then call ``OffsetFrontier/finish(_:)``.
        case pending
        /// The record was finished before this assignment. Do not handle it again.
        case finishedBefore
        /// The offset is not greater than every earlier one. Nothing changed.
        case outOfOrder
    }

    /// A run of offsets without a gap.
    private struct Segment {
        /// The first offset.
        let offset: Int
        /// The number of its record in ``bits``.
        let number: Int
    }

    private var bits = FinishedBits()
    private var segments: [Segment] = []
    private var firstSegment = 0
    /// The lowest offset that can still come.
    private(set) var nextOffset: Int?
    /// The ranges that were finished before this assignment and that the reader has not passed yet, in order.
    private var restored: [Range<Int>]
    private var firstRestored = 0

    /// - Parameters:
    ///   - committed: The group's committed offset; nil if it has none.
    ///   - finished: The finished offsets beyond it, as ascending, disjoint ranges. Other ranges are ignored.
    package init(committed: Int? = nil, finished: [Range<Int>] = []) {
        nextOffset = committed.flatMap { Self.isOffset($0) ? $0 : nil }
        restored = []
        var lowest = nextOffset ?? 0
        for range in finished where range.lowerBound >= lowest && !range.isEmpty && range.upperBound < Int.max {
            restored.append(range)
            lowest = range.upperBound
        }
        passRestored()
    }

    /// Notes that a record was taken. Offsets must ascend from call to call.
    package mutating func begin(_ offset: Int) -> Beginning {
        guard Self.isOffset(offset), offset >= lowestAcceptable else { return .outOfOrder }
        let wasFinished = passRestored(below: offset)
        if !continuesLastSegment(offset) {
            segments.append(Segment(offset: offset, number: bits.end))
            passSegments()
        }
        let number = bits.append()
        nextOffset = offset + 1
        if wasFinished { finish(numbered: number) }
        return wasFinished ? .finishedBefore : .pending
    }

    /// Notes that a record is finished. Returns false and changes nothing if the record is not pending, because it was
    /// not taken here or is already finished.
    @discardableResult
    package mutating func finish(_ offset: Int) -> Bool {
        guard let number = number(of: offset) else { return false }
        return finish(numbered: number)
    }

    /// Notes that the reader has passed every offset below this one. If every record so far is finished, the frontier
    /// moves up to it. This covers transaction markers at the end of a partition.
    package mutating func pass(to position: Int) {
        guard Self.isOffset(position), position > nextOffset ?? -1 else { return }
        _ = passRestored(below: position)
        nextOffset = max(position, nextOffset ?? 0)
    }

    /// The offset to commit: every taken record below it is finished. Nil before any offset is known.
    package var frontier: Int? {
        bits.start < bits.end ? offset(of: bits.start) : passedOffset
    }

    /// The bytes that remember the records beyond the frontier, without the restored ranges.
    package var memory: Int {
        (bits.end - bits.start) / 8 + (segments.count - firstSegment) * MemoryLayout<Segment>.size
    }

    /// The number of records that were taken and are not finished.
    package var pending: Int { bits.unfinished }

    /// Whether this record was taken and is not finished.
    package func isPending(_ offset: Int) -> Bool {
        guard let number = number(of: offset) else { return false }
        return !bits.isFinished(number)
    }

    /// The offset of the first record that was taken, is not finished, and is in this range of offsets; nil if there is
    /// none.
    ///
    /// It costs O(log gaps), and one step for each 64 finished records in the range that it passes.
    package func firstPending(in offsets: Range<Int>) -> Int? {
        guard bits.start < bits.end, !offsets.isEmpty else { return nil }
        let end = firstNumber(from: offsets.upperBound)
        let number = bits.firstUnfinished(from: firstNumber(from: offsets.lowerBound), below: end)
        guard number < end else { return nil }
        let found = segments[lastSegment { $0.number <= number }]
        return found.offset + number - found.number
    }

    /// The number of the first record that is not below this offset; the number after the last record if none is.
    private func firstNumber(from offset: Int) -> Int {
        let index = lastSegment { $0.offset <= offset }
        let segment = segments[index]
        let count = (index + 1 < segments.count ? segments[index + 1].number : bits.end) - segment.number
        // The offset may be in the gap behind the segment's records, or in front of the first segment.
        return segment.number + min(max(0, offset - segment.offset), count)
    }

    /// The largest possible number of ``finishedRanges``. O(1).
    package var finishedRangeCount: Int { bits.runs + restored.count - firstRestored }

    /// The offset after the last record that was taken or restored as finished. Nil before any offset is known.
    package var end: Int? { restored.last.map { max($0.upperBound, nextOffset ?? 0) } ?? nextOffset }

    /// The finished offsets beyond the frontier, ascending, with a gap between any two ranges. A range may include
    /// offsets without a record.
    package var finishedRanges: [Range<Int>] { finishedRanges(atLeast: .max, upTo: .max) }

    /// The first of the ``finishedRanges``, of which there may be millions: as few of them as possible, but at least
    /// `count`, and so many that the last one ends at or beyond `end`. All of them if there are fewer.
    package func finishedRanges(atLeast count: Int, upTo end: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(min(count, finishedRangeCount))
        var isEnough: Bool { ranges.count >= count && ranges.last.map { $0.upperBound >= end } ?? true }
        var segment = firstSegment
        func offset(of number: Int) -> Int {
            while segment + 1 < segments.count, segments[segment + 1].number <= number { segment += 1 }
            return segments[segment].offset + number - segments[segment].number
        }
        bits.forEachRun { run in
            let range = offset(of: run.lowerBound)..<offset(of: run.upperBound - 1) + 1
            ranges.append(range)
            return !isEnough
        }
        let lowest = frontier ?? 0
        for range in restored[firstRestored...] where range.upperBound > lowest {
            if let last = ranges.last, last.upperBound >= range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else if isEnough {
                break
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}

extension OffsetFrontier {
    /// Whether a number can be the offset of a record. The limit leaves room to count beyond the last one.
    private static func isOffset(_ offset: Int) -> Bool { offset >= 0 && offset < Int.max - 1 }

    private var lowestAcceptable: Int { nextOffset ?? 0 }

    /// The offset after everything that is finished, if nothing is pending. Restored ranges that follow directly are
    /// included.
    private var passedOffset: Int? {
        guard var offset = nextOffset else { return nil }
        for range in restored[firstRestored...] {
            if range.lowerBound > offset { break }
            offset = max(offset, range.upperBound)
        }
        return offset
    }

    /// Removes the restored ranges that end at or below an offset. Returns whether one of the others contains the
    /// offset.
    @discardableResult
    private mutating func passRestored(below offset: Int? = nil) -> Bool {
        guard !restored.isEmpty, let offset = offset ?? nextOffset else { return false }
        while firstRestored < restored.count, restored[firstRestored].upperBound <= offset { firstRestored += 1 }
        if firstRestored == restored.count {
            restored = []
            firstRestored = 0
        }
        return firstRestored < restored.count && restored[firstRestored].contains(offset)
    }

    @discardableResult
    private mutating func finish(numbered number: Int) -> Bool {
        guard bits.finish(number) else { return false }
        passSegments()
        return true
    }

    private func continuesLastSegment(_ offset: Int) -> Bool {
        guard let last = segments.last else { return false }
        return last.offset + bits.end - last.number == offset
    }

    /// Removes the segments whose records are all below the frontier.
    private mutating func passSegments() {
        while firstSegment + 1 < segments.count, segments[firstSegment + 1].number <= bits.start { firstSegment += 1 }
        if firstSegment > 32, firstSegment > segments.count / 2 {
            segments.removeFirst(firstSegment)
            firstSegment = 0
        }
    }

    /// Returns the number of the record at this offset, if it was taken and is beyond the frontier.
    private func number(of offset: Int) -> Int? {
        guard bits.start < bits.end, let last = segments.last else { return nil }
        guard Self.isOffset(offset), offset < nextOffset ?? 0 else { return nil }
        // Offsets usually have no gaps, and then there is only one segment.
        let low = offset >= last.offset ? segments.count - 1 : lastSegment { $0.offset <= offset }
        let number = segments[low].number + offset - segments[low].offset
        let end = low + 1 < segments.count ? segments[low + 1].number : bits.end
        return offset >= segments[low].offset && number >= bits.start && number < end ? number : nil
    }

    /// The last segment that meets the condition, which holds for every segment up to one; the first segment if none
    /// does.
    @inline(__always)
    private func lastSegment(where isBefore: (Segment) -> Bool) -> Int {
        var (low, high) = (firstSegment, segments.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if isBefore(segments[middle]) { low = middle } else { high = middle }
        }
        return low
    }

    private func offset(of number: Int) -> Int {
        // The first segment contains the oldest unfinished record.
        segments[firstSegment].offset + number - segments[firstSegment].number
    }
}
