/// One bit for each taken record of a partition, in the order in which the records were taken. The bit is set when the
/// record is finished.
///
/// The bits of the oldest records are removed as soon as all of them are set. The memory is therefore one bit for each
/// record from the oldest unfinished one to the newest one.
struct FinishedBits: Sendable {
    private var words: [UInt64] = [0]
    /// The number of the oldest unfinished record; ``end`` if every record is finished.
    private(set) var start = 0
    /// The number of the next record.
    private(set) var end = 0
    /// The number of unfinished records.
    private(set) var unfinished = 0
    /// The number of runs of neighbouring finished records after the oldest unfinished one.
    private(set) var runs = 0

    /// The number of records for which there is memory.
    var capacity: Int { words.count * 64 }

    /// Adds an unfinished record, and returns its number.
    mutating func append() -> Int {
        if end & 63 == 0, end >> 6 - start >> 6 == words.count { grow() }
        end += 1
        unfinished += 1
        return end - 1
    }

    /// Whether the record with this number is finished. All records before ``start`` are.
    func isFinished(_ number: Int) -> Bool {
        number < start || (number < end && bit(number))
    }

    /// The number of the first unfinished record that is not below this number; `limit` if there is none below that.
    ///
    /// - Parameter limit: At most ``end``.
    func firstUnfinished(from number: Int, below limit: Int) -> Int {
        nextNumber(from: max(number, start), finished: false, below: limit)
    }

    /// Sets the bit of a record. Returns false if the record is already finished or was never added.
    mutating func finish(_ number: Int) -> Bool {
        guard number >= start, number < end, !bit(number) else { return false }
        words[index(number)] |= 1 << UInt64(number & 63)
        unfinished -= 1
        let hasEarlier = number > start && bit(number - 1)
        let hasLater = number + 1 < end && bit(number + 1)
        runs += 1 - (hasEarlier ? 1 : 0) - (hasLater ? 1 : 0)
        if number == start { advance() }
        return true
    }

    /// Calls `body` with each run of neighbouring finished records after the oldest unfinished one, in order, until it
    /// returns false.
    func forEachRun(_ body: (Range<Int>) -> Bool) {
        var number = start
        while number < end {
            let first = nextNumber(from: number, finished: true, below: end)
            if first >= end { return }
            number = nextNumber(from: first, finished: false, below: end)
            if !body(first..<number) { return }
        }
    }

    private func index(_ number: Int) -> Int { (number >> 6) & (words.count - 1) }

    private func bit(_ number: Int) -> Bool {
        words[index(number)] >> UInt64(number & 63) & 1 == 1
    }

    /// Moves the start over the run that begins there.
    private mutating func advance() {
        let next = nextNumber(from: start, finished: false, below: end)
        var word = start >> 6
        while word < next >> 6 {
            words[word & (words.count - 1)] = 0
            word += 1
        }
        start = next
        runs -= 1
    }

    /// Returns the first number from here on whose record is finished or unfinished, as requested; `limit` if there is
    /// none below that. The limit is at most ``end``.
    private func nextNumber(from number: Int, finished: Bool, below limit: Int) -> Int {
        var number = number
        while number < limit {
            let word = words[index(number)]
            let wanted = (finished ? word : ~word) >> UInt64(number & 63)
            if wanted != 0 { return min(limit, number + wanted.trailingZeroBitCount) }
            number = (number | 63) + 1
        }
        return limit
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: words.count * 2)
        for word in start >> 6..<end >> 6 {
            larger[word & (larger.count - 1)] = words[word & (words.count - 1)]
        }
        words = larger
    }
}
