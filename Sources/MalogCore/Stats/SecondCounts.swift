/// The number of lines of each second or, if there are many seconds, of each longer interval.
///
/// When the table is full, neighbouring intervals are joined, so each line is counted. The result does not depend on
/// how the lines are divided between threads.
struct SecondCounts {
    /// The most intervals.
    static let limit = 100_000
    /// The lengths of an interval, in seconds. Each divides the next one. All days up to the year 2200 are fewer than
    /// the limit.
    private static let widths: [Int64] = [1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400]

    /// The length of an interval, in seconds.
    private(set) var width: Int64 = 1
    /// The first and the last second with a line.
    private(set) var period: ClosedRange<Int64>?
    /// By the number of the interval.
    private var counts: [Int64: Int] = [:]
    private var latest: (text: (UInt64, UInt64, UInt64), second: Int64) = ((0, 0, 0), -1)
    private var latestCount = 0

    /// - Parameter text: A time up to its second, followed by more of the line.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard let base = text.baseAddress else { return }
        let raw = UnsafeRawPointer(base)
        let words = (
            raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self).littleEndian & 0xFF_FFFF
        )
        if words == latest.text, latest.second >= 0 {
            latestCount += 1
            return
        }
        let time = Timestamp(String(decoding: text, as: UTF8.self) + "Z")
        flush()
        guard let time else {
            latest.second = -1
            return
        }
        latest = (words, time.nanoseconds / 1_000_000_000)
        latestCount = 1
    }

    /// Counts the lines of the latest second.
    private mutating func flush() {
        guard latestCount > 0, latest.second >= 0 else { return }
        let second = latest.second
        period = min(period?.lowerBound ?? second, second)...max(period?.upperBound ?? second, second)
        counts[second / width, default: 0] += latestCount
        latestCount = 0
        widen()
    }

    /// Joins neighbouring intervals until the table is no longer too large.
    private mutating func widen() {
        while counts.count > Self.limit, let wider = Self.widths.first(where: { $0 > width }) { widen(to: wider) }
    }

    private mutating func widen(to wider: Int64) {
        guard wider > width else { return }
        let factor = wider / width
        counts = counts.reduce(into: [:]) { $0[$1.key / factor, default: 0] += $1.value }
        width = wider
    }

    mutating func add(_ other: SecondCounts) {
        var other = other
        other.flush()
        flush()
        guard let more = other.period else { return }
        period = min(period?.lowerBound ?? .max, more.lowerBound)...max(period?.upperBound ?? 0, more.upperBound)
        widen(to: other.width)
        let factor = width / other.width
        for (interval, count) in other.counts { counts[interval / factor, default: 0] += count }
        widen()
    }

    /// The first second of each interval with lines, and the number of its lines, in the order of time.
    mutating func sorted() -> [(second: Int64, count: Int)] {
        flush()
        return counts.sorted { $0.key < $1.key }.map { (second: $0.key * width, count: $0.value) }
    }
}
