/// How one line changed the state of a sink.
enum SinkOutcome: Equatable {
    /// The sink works as before, or fails as before.
    case same
    /// The sink lost its first line. The value is the system's number for why.
    case failed(Int32)
    /// The sink wrote its first line after an outage. The value is the number of lines that the outage has cost.
    case recovered(lost: Int)
    /// The sink's file was removed, and with it so many lines that were written since it was last seen.
    case removed(lost: Int)
}
