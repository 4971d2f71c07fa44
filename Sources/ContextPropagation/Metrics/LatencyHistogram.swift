/// A histogram of durations: a count for each range of durations, their sum, and the longest one.
///
/// The upper bounds are the same for every histogram, so histograms of several clients, pools and processes can be
/// added. The bounds are 10, 20 and 50 µs, and so on up to 100 s. The last count is for all longer durations.
///
///     let latency = producer.statistics.latency
///     log.info("producer") { $0.p99 = latency.quantile(0.99) / .milliseconds(1) }
public struct LatencyHistogram: Hashable, Sendable {
    /// The largest duration of each range, in ascending order. The last range has no largest duration.
    public static let bounds: [Duration] = nanosecondBounds.map { .nanoseconds(Int64($0)) }

    // Literals, because a value that is computed once is asked for by a call.
    static let nanosecondBounds: [UInt64] = [
        10_000, 20_000, 50_000,
        100_000, 200_000, 500_000,
        1_000_000, 2_000_000, 5_000_000,
        10_000_000, 20_000_000, 50_000_000,
        100_000_000, 200_000_000, 500_000_000,
        1_000_000_000, 2_000_000_000, 5_000_000_000,
        10_000_000_000, 20_000_000_000, 50_000_000_000,
        100_000_000_000,
    ]

    /// The number of ranges: one more than there are bounds.
    static let rangeCount = 23

    /// The number of durations in each range; see ``bounds``.
    public private(set) var counts: [Int]

    private(set) var totalNanoseconds: UInt64
    private(set) var longestNanoseconds: UInt64

    /// A histogram without durations.
    public init() {
        counts = Array(repeating: 0, count: Self.rangeCount)
        totalNanoseconds = 0
        longestNanoseconds = 0
    }

    package init(counts: [Int], totalNanoseconds: UInt64, longestNanoseconds: UInt64) {
        self.counts = counts
        self.totalNanoseconds = totalNanoseconds
        self.longestNanoseconds = longestNanoseconds
    }

    /// The number of durations.
    public var count: Int { counts.reduce(0, &+) }

    /// The sum of all durations.
    public var total: Duration { .nanoseconds(Int64(clamping: totalNanoseconds)) }

    /// The longest duration; zero if there is none.
    public var longest: Duration { .nanoseconds(Int64(clamping: longestNanoseconds)) }

    /// Returns a duration that the given fraction of all durations does not exceed, rounded up to the bound of its
    /// range. A fraction of 0.5 returns the median.
    ///
    /// - Parameter fraction: The fraction, from 0 to 1.
    /// - Returns: The duration. It is zero for an empty histogram, and the largest bound for durations above all
    ///   bounds.
    public func quantile(_ fraction: Double) -> Duration {
        let count = count
        if count == 0 { return .zero }
        let wanted = max(1, min(Double(count), (fraction * Double(count)).rounded(.up)))
        var seen = 0
        for (bound, number) in zip(Self.bounds, counts) {
            seen += number
            if Double(seen) >= wanted { return bound }
        }
        return Self.bounds.last ?? .zero
    }

    /// Adds a duration. A negative duration counts as zero.
    public mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if nanoseconds.overflow {
            record(nanoseconds: seconds < 0 ? 0 : .max)
        } else {
            let sum = nanoseconds.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000)
            record(nanoseconds: sum.overflow ? UInt64(Int64.max) : UInt64(max(0, sum.partialValue)))
        }
    }

    package mutating func record(nanoseconds: UInt64) {
        counts[Self.range(of: nanoseconds)] &+= 1
        totalNanoseconds &+= nanoseconds
        longestNanoseconds = max(longestNanoseconds, nanoseconds)
    }

    /// The index of the range of a duration.
    @inline(__always)
    static func range(of nanoseconds: UInt64) -> Int {
        // One binary digit is a third of a decade, and a decade has three ranges, so the search starts close to its
        // result.
        var range = firstRanges[64 - nanoseconds.leadingZeroBitCount]
        while range < nanosecondBounds.count, nanoseconds > nanosecondBounds[range] { range += 1 }
        return range
    }

    /// The range of the smallest number with the given number of binary digits.
    private static let firstRanges: [Int] = (0...64).map { digits in
        let smallest: UInt64 = digits == 0 ? 0 : 1 << UInt64(digits - 1)
        return nanosecondBounds.firstIndex { smallest <= $0 } ?? nanosecondBounds.count
    }

    /// A histogram with the durations of both.
    public static func + (left: LatencyHistogram, right: LatencyHistogram) -> LatencyHistogram {
        LatencyHistogram(
            counts: zip(left.counts, right.counts).map { $0 &+ $1 },
            totalNanoseconds: left.totalNanoseconds &+ right.totalNanoseconds,
            longestNanoseconds: max(left.longestNanoseconds, right.longestNanoseconds)
        )
    }
}

extension LatencyHistogram: CustomStringConvertible {
    /// A summary in one line, for people.
    public var description: String {
        "\(count) durations, median \(quantile(0.5)), 99 % within \(quantile(0.99)), longest \(longest)"
    }
}
