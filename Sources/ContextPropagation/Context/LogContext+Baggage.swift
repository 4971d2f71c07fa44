extension LogContext {
    /// This context with other baggage, which *replaces* its own. Nil removes it. Everything else stays, the span too.
    public func with(baggage: Baggage?) -> LogContext {
        changed { $0.baggage = baggage }
    }
}
