/// A promise that a simulated schedule broke.
public struct SimulationFailure: Error, CustomStringConvertible, Sendable {
    /// The seed that replays the schedule.
    public let seed: UInt64
    /// The number of the step after which the check failed.
    public let step: Int
    /// The broken promise.
    public let fault: String
    /// The last steps before the failure, the latest at the end. It is empty if the schedule did not fail when it ran
    /// again, which means that the handler does not always do the same.
    public let trail: [String]

    /// The fault, the seed to replay it, and the steps that led to it.
    public var description: String {
        (["seed \(seed), step \(step): \(fault)", "run the simulation with this seed to replay it"]
            + trail.map { "  " + $0 })
            .joined(separator: "\n")
    }
}
