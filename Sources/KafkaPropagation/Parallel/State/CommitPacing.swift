/// Decides when a parallel consumer commits: after a number of finished records, and at the latest after an interval.
///
/// A crash repeats the records that finished since the last commit with an answer. An early commit follows as soon as
/// that many records have finished and the previous commit has its answer, but not before ``gap`` is over. The gap
/// grows with the rate: quick records cost little to repeat, and commits stay a small part of the work. It grows after
/// a failure too, so that a broker that refuses all commits is not asked all the time.
///
/// The value has no clock. All times are nanoseconds of one monotonic clock.
package struct CommitPacing: Sendable {
    /// The number of finished records after which a commit comes before the interval is over.
    private let count: Int
    private let interval: UInt64
    /// How many records were finished when the last commit was sent.
    package private(set) var finishedAtCommit = 0
    /// How many commits have no answer yet. Those that do not wait for the answer to another one count too.
    package private(set) var inFlight = 0
    /// The least time between the last commit and an early one.
    package private(set) var gap = Self.shortestGap
    /// At this number of finished records the reader must be woken; `Int.max` if it need not be.
    private var wakesAt: Int
    private var last: UInt64
    /// The least gap after commits that failed; 0 after one that did not.
    private var failureGap: UInt64 = 0

    /// The gap up to 50,000 records a second: 2.5 milliseconds.
    package static let shortestGap: UInt64 = 2_500_000
    /// The gap from 500,000 records a second on: 25 milliseconds.
    package static let longestGap: UInt64 = 25_000_000
    private static let firstFailureGap: UInt64 = 100_000_000
    private static let longestFailureGap: UInt64 = 5_000_000_000

    /// - Parameters:
    ///   - count: The number of finished records after which a commit comes early; less than 1 counts as 1.
    ///   - interval: The longest time between two commits, in nanoseconds.
    package init(count: Int, interval: UInt64, now: UInt64) {
        self.count = max(1, count)
        self.interval = interval
        wakesAt = self.count
        last = now
    }

    /// Whether the reader must be woken because enough records are finished. It returns true once for each commit.
    package mutating func wakes(finished: Int) -> Bool {
        guard finished >= wakesAt else { return false }
        wakesAt = .max
        return true
    }

    /// Whether to send a commit now. If so, report its answer with ``answered(isCommitted:finished:)``.
    ///
    /// - Parameters:
    ///   - finished: How many records have finished so far.
    ///   - isWanted: Whether it cannot wait.
    package mutating func takes(finished: Int, isWanted: Bool, now: UInt64) -> Bool {
        let elapsed = now > last ? now - last : 0
        guard isWanted || elapsed >= interval || isEarly(finished) && elapsed >= gap else { return false }
        gap = Self.gap(records: finished - finishedAtCommit, elapsed: elapsed, atLeast: failureGap)
        finishedAtCommit = finished
        inFlight += 1
        wakesAt = .max
        last = now
        return true
    }

    /// Notes the answer to the last commit.
    ///
    /// - Returns: Whether the reader must be woken because the next commit may be due.
    package mutating func answered(isCommitted: Bool, finished: Int) -> Bool {
        inFlight -= 1
        failureGap = isCommitted ? 0 : min(max(failureGap * 2, Self.firstFailureGap), Self.longestFailureGap)
        gap = max(gap, failureGap)
        if inFlight > 0 { return false }
        wakesAt = Self.sum(finishedAtCommit, count)
        return wakes(finished: finished)
    }

    /// The time until the next commit may be due if nothing else happens.
    package func wait(finished: Int, now: UInt64) -> UInt64 {
        let elapsed = now > last ? now - last : 0
        let wait = isEarly(finished) ? min(gap, interval) : interval
        return wait > elapsed ? wait - elapsed : 0
    }

    private func isEarly(_ finished: Int) -> Bool {
        inFlight == 0 && finished >= Self.sum(finishedAtCommit, count)
    }

    /// In nanoseconds, 50 times the number of records in a second.
    private static func gap(records: Int, elapsed: UInt64, atLeast least: UInt64) -> UInt64 {
        let rate = Double(max(0, records)) * 1e9 / Double(max(1, elapsed))
        let gap = min(max(rate * 50, Double(shortestGap)), Double(longestGap))
        return max(UInt64(gap), least)
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }
}
