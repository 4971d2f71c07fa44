/// The change of a sink's state with one line.
enum SinkOutcome: Equatable {
    /// The sink works as before, or fails as before.
    case same
    /// The sink lost its first line. The value is the system's error number.
    case failed(Int32)
    /// The sink wrote its first line after an outage. The value is the number of lines that were lost in the outage.
    case recovered(lost: Int)
    /// The sink's file was removed. The value is the number of lines that were written to it since it was last seen.
    case removed(lost: Int)
}

/// The changes of both sinks with one line.
struct SinkOutcomes {
    let output: SinkOutcome
    let file: SinkOutcome
}
