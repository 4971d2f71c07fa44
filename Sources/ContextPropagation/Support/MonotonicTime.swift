internal import CMALoggerShims

/// A monotonic clock. Reading it costs half as much as `ContinuousClock.now`, and every job reads it twice.
package enum MonotonicTime {
    /// Nanoseconds since a moment that stays the same while the process runs.
    package static var now: UInt64 { malogc_monotonic_nanoseconds() }

    /// The nanoseconds from `start` to `end`; 0 if `end` is earlier.
    package static func elapsed(from start: UInt64, to end: UInt64) -> UInt64 {
        end > start ? end - start : 0
    }

    /// The time from `start` to `end`; 0 if `end` is earlier.
    package static func duration(from start: UInt64, to end: UInt64) -> Duration {
        .nanoseconds(Int64(clamping: elapsed(from: start, to: end)))
    }
}
