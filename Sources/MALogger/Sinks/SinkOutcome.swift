/// What one line changed about a sink.
enum SinkOutcome: Equatable {
    /// It works as before, or fails as before.
    case same
    /// The first line that it lost, and the system's number for why.
    case failed(Int32)
    /// The first line after an outage, and how many the outage has cost.
    case recovered(lost: Int)
}
