/// Tracks which records of one partition are finished, and gives the offset that is safe to commit.
///
/// Records are handed out in the order of their offsets and finish in any order. The frontier is the offset below which
/// every record that was handed out is finished: after a crash, reading from there loses nothing. Gaps between offsets
/// (compaction, transaction markers) are no obstacle.
///
/// A value belongs to one assignment of one partition. Begin with a new one after a revoke, a seek or a reset. Every
/// call costs O(1) if the offsets have no gaps, and O(log gaps) otherwise. The memory is one bit for each record beyond
/// the frontier and 16 bytes for each gap there.
package struct OffsetFrontier: Sendable {
    /// What became of a record that was offered.
    package enum Beginning: Sendable {
        /// The record is pending now: handle it, then call ``OffsetFrontier/finish(_:)``.
        case pending
        /// The record was finished before this assignment: do not handle it again.
        case finishedBefore
        /// The offset is not above every earlier one. Nothing changed.
        case outOfOrder
    }

    /// Neighbouring offsets without a gap.
    private struct Segment {
        /// The first offset.
        let offset: Int
        /// The number of its record in ``bits``.
        let number: Int
    }

    private var bits = FinishedBits()
    private var segments: [Segment] = []
    private var firstSegment = 0
    /// The lowest offset that may still come.
    private var nextOffset: Int?
    /// Ranges that were finished before this assignment and that the reader has not passed yet, in order.
    private var restored: [Range<Int>]
    private var firstRestored = 0

    /// - Parameters:
    ///   - committed: The group's committed offset; nil if it has none.
    ///   - finished: Offsets beyond it that are finished too: ascending, disjoint ranges. Others are ignored.
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

    /// Notes that a record is handed out. Offsets ascend from call to call.
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

    /// Notes that a record is finished. False, and no change, if it is not pending: it was not handed out here, or it
    /// is finished already.
    @discardableResult
    package mutating func finish(_ offset: Int) -> Bool {
        guard let number = number(of: offset) else { return false }
        return finish(numbered: number)
    }

    /// Notes that the reader has passed every offset below this one: no record before it is still to come. A frontier
    /// at the end of everything read moves up to it, over transaction markers at the partition's end.
    package mutating func pass(to position: Int) {
        guard Self.isOffset(position), position > nextOffset ?? -1 else { return }
        _ = passRestored(below: position)
        nextOffset = max(position, nextOffset ?? 0)
    }

    /// The offset to commit: every record below it that was handed out is finished. Nil before anything is known.
    package var frontier: Int? {
        bits.start < bits.end ? offset(of: bits.start) : passedOffset
    }

    /// How many records are handed out and not finished.
    package var pending: Int { bits.unfinished }

    /// Whether this record is handed out and not finished.
    package func isPending(_ offset: Int) -> Bool {
        guard let number = number(of: offset) else { return false }
        return !bits.isFinished(number)
    }

    /// How many ``finishedRanges`` there are, at most. O(1).
    package var finishedRangeCount: Int { bits.runs + restored.count - firstRestored }

    /// The offset behind the last record that was handed out or restored as finished; nil before anything is known.
    package var end: Int? { restored.last.map { max($0.upperBound, nextOffset ?? 0) } ?? nextOffset }

    /// The finished offsets beyond the frontier, ascending, with a gap between any two. A range may cover offsets that
    /// no record has.
    package var finishedRanges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(finishedRangeCount)
        var segment = firstSegment
        func offset(of number: Int) -> Int {
            while segment + 1 < segments.count, segments[segment + 1].number <= number { segment += 1 }
            return segments[segment].offset + number - segments[segment].number
        }
        bits.forEachRun { run in
            ranges.append(offset(of: run.lowerBound)..<offset(of: run.upperBound - 1) + 1)
        }
        let lowest = frontier ?? 0
        for range in restored[firstRestored...] where range.upperBound > lowest {
            if let last = ranges.last, last.upperBound >= range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}

extension OffsetFrontier {
    /// Offsets of records; room is left to count on behind the last one.
    private static func isOffset(_ offset: Int) -> Bool { offset >= 0 && offset < Int.max - 1 }

    private var lowestAcceptable: Int { nextOffset ?? 0 }

    /// The offset behind everything that is finished, if nothing is pending: restored ranges that follow at once count.
    private var passedOffset: Int? {
        guard var offset = nextOffset else { return nil }
        for range in restored[firstRestored...] {
            if range.lowerBound > offset { break }
            offset = max(offset, range.upperBound)
        }
        return offset
    }

    /// Leaves out the restored ranges that end at or below an offset. Returns whether one contains the offset.
    @discardableResult
    private mutating func passRestored(below offset: Int? = nil) -> Bool {
        guard let offset = offset ?? nextOffset else { return false }
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

    /// Leaves out the segments whose records are all below the frontier.
    private mutating func passSegments() {
        while firstSegment + 1 < segments.count, segments[firstSegment + 1].number <= bits.start { firstSegment += 1 }
        if firstSegment > 32, firstSegment > segments.count / 2 {
            segments.removeFirst(firstSegment)
            firstSegment = 0
        }
    }

    /// The number of the record at this offset, if it is beyond the frontier and was handed out.
    private func number(of offset: Int) -> Int? {
        guard bits.start < bits.end, let last = segments.last else { return nil }
        guard Self.isOffset(offset), offset < nextOffset ?? 0 else { return nil }
        // Without gaps, which is the rule, there is one segment.
        var low = firstSegment
        var high = segments.count
        if offset >= last.offset { low = high - 1 }
        while high - low > 1 {
            let middle = (low + high) / 2
            if segments[middle].offset <= offset { low = middle } else { high = middle }
        }
        let number = segments[low].number + offset - segments[low].offset
        let end = low + 1 < segments.count ? segments[low + 1].number : bits.end
        return offset >= segments[low].offset && number >= bits.start && number < end ? number : nil
    }

    private func offset(of number: Int) -> Int {
        // The first segment is the one of the oldest unfinished record.
        segments[firstSegment].offset + number - segments[firstSegment].number
    }
}
