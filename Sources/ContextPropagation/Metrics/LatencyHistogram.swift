/// How long things took: a count for each range of durations, their total and the longest one.
///
/// The upper bounds are the same for every histogram, so that histograms of several clients, pools and processes can be
/// added: 10, 20 and 50 µs, and so on up to 100 s. The last count is for everything above.
///
///     let latency = producer.statistics.latency
///     log.info("producer") { $0.p99 = latency.quantile(0.99) / .milliseconds(1) }
public struct LatencyHistogram: Hashable, Sendable {
    /// The largest duration of each range but the last, in ascending order.
    public static let bounds: [Duration] = nanosecondBounds.map { .nanoseconds(Int64($0)) }

    static let nanosecondBounds: [UInt64] = {
        let decades: [UInt64] = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000]
        return decades.flatMap { [$0, $0 * 2, $0 * 5] } + [100_000_000_000]
    }()

    /// How many ranges there are.
    static let rangeCount = nanosecondBounds.count + 1

    /// How many durations lie in each range; see ``bounds``.
    public private(set) var counts: [Int]

    private(set) var totalNanoseconds: UInt64
    private var longestNanoseconds: UInt64

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

    /// How many durations there are.
    public var count: Int { counts.reduce(0, &+) }

    /// All durations added.
    public var total: Duration { .nanoseconds(Int64(clamping: totalNanoseconds)) }

    /// The longest duration; zero if there is none.
    public var longest: Duration { .nanoseconds(Int64(clamping: longestNanoseconds)) }

    /// A duration that so many of all durations do not exceed, to the bound of its range: 0.5 asks for the median.
    ///
    /// - Parameter fraction: From 0 to 1.
    /// - Returns: Zero for a histogram without durations, and the largest bound for durations above it.
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

    /// Adds a duration; a negative one counts as zero.
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
        // A binary digit is a third of a decade, and a decade has three ranges: the first bound to look at is near.
        var range = firstRanges[64 - nanoseconds.leadingZeroBitCount]
        while range < nanosecondBounds.count, nanoseconds > nanosecondBounds[range] { range += 1 }
        return range
    }

    /// The range of the smallest number with so many binary digits.
    private static let firstRanges: [Int] = (0...64).map { digits in
        let smallest: UInt64 = digits == 0 ? 0 : 1 << UInt64(digits - 1)
        return nanosecondBounds.firstIndex { smallest <= $0 } ?? nanosecondBounds.count
    }

    /// The durations of both.
    public static func + (left: LatencyHistogram, right: LatencyHistogram) -> LatencyHistogram {
        LatencyHistogram(
            counts: zip(left.counts, right.counts).map { $0 &+ $1 },
            totalNanoseconds: left.totalNanoseconds &+ right.totalNanoseconds,
            longestNanoseconds: max(left.longestNanoseconds, right.longestNanoseconds)
        )
    }
}

extension LatencyHistogram: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        "\(count) durations, median \(quantile(0.5)), 99 % within \(quantile(0.99)), longest \(longest)"
    }
}
