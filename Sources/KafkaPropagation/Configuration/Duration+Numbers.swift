extension Duration {
    /// The whole milliseconds, as a text for librdkafka's properties.
    var milliseconds: String { String(wholeMilliseconds) }

    /// The whole milliseconds, limited to the range of librdkafka's functions.
    var wholeMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        if milliseconds.overflow { return seconds < 0 ? 0 : .max }
        let sum = milliseconds.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return Int32(clamping: sum.overflow ? .max : max(0, sum.partialValue))
    }

    /// The nanoseconds: at least 0, and at most a year.
    var nanosecondsUpToAYear: UInt64 {
        let (seconds, attoseconds) = min(max(self, .zero), .seconds(31_536_000)).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
