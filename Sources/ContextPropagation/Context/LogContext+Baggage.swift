extension LogContext {
    /// This context with other baggage, which *replaces* its own; nil takes it out. All else stays, the span too.
    public func with(baggage: Baggage?) -> LogContext {
        changed { $0.baggage = baggage }
    }
}
