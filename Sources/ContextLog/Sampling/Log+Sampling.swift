extension Log {
    /// A copy that lets only some of its lines through; it *replaces* the sampling that this one has.
    ///
    /// When to use it: for a line that comes so often that a part of them says as much. What it counts is shared by all logs of
    /// this label that ask for the same. Lines of `ERROR` and above are always let through. A line that is left out costs as
    /// much as one whose level is off and a few nanoseconds.
    ///
    ///     let log = Log("pipeline.decode").sampled(.perSecond(10))
    ///     log.debug("frame decoded") { $0.frame = n }          // later: "suppressed":290
    public func sampled(_ sampling: LogSampling) -> Log {
        Log(
            record: record,
            fields: fields,
            sampler: sampling.policy == .always ? nil : .of(record, sampling)
        )
    }

    /// Whether the log's sampler lets this line through.
    @usableFromInline
    func _admits(_ level: LogLevel) -> Bool {
        sampler?.admits(level) ?? true
    }
}
