/// How long to wait before the next attempt: the wait doubles with each attempt up to a maximum, and a random part is
/// taken away.
///
/// Use it in a retry policy, so that records that failed together do not come back together. Values out of range are
/// clamped: a negative duration counts as zero, a duration of over a year as a year, and a part that is not a number
/// as 0.
///
///     let backoff = RetryBackoff(initial: .milliseconds(50), maximum: .seconds(10))
///     var random = SystemRandomNumberGenerator()
///     let wait = backoff.delay(afterAttempt: 3, using: &random)   // 100 to 200 ms
public struct RetryBackoff: Hashable, Sendable {
    /// The longest wait before the second attempt.
    public var initial: Duration

    /// The longest wait before any attempt.
    public var maximum: Duration

    /// The part of the wait that is random: 0 for none of it, 1 for all of it.
    public var jitter: Double

    /// - Parameters:
    ///   - initial: The longest wait before the second attempt; 100 ms by default.
    ///   - maximum: The longest wait before any attempt; 30 s by default.
    ///   - jitter: The part of the wait that is random, from 0 to 1; 0.5 by default.
    public init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(30), jitter: Double = 0.5) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The wait after an attempt that failed.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - random: The source of the random part.
    public func delay(afterAttempt attempt: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let longest = maximum.nanosecondsUpToAYear
        var wait = min(initial.nanosecondsUpToAYear, longest)
        var doublings = max(1, attempt) - 1
        while doublings > 0, wait > 0, wait < longest {
            wait = wait > longest / 2 ? longest : wait * 2
            doublings -= 1
        }
        let part = jitter.isNaN ? 0 : min(1, max(0, jitter))
        let randomPart = UInt64(Double(wait) * part * Double.random(in: 0..<1, using: &random))
        return .nanoseconds(Int64(wait - min(wait, randomPart)))
    }
}
