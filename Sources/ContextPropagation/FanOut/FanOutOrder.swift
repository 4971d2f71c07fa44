/// The order in which `fanOut` and `fanOutResults` deliver results.
public struct FanOutOrder: Sendable, Hashable {
    fileprivate enum Backing {
        case input
        case completion
    }

    private let backing: Backing

    /// The order of the elements. With `forEachResult`, a result waits until all results before it were delivered.
    /// While `maxConcurrency` results wait, no further element is read.
    public static let input = FanOutOrder(backing: .input)

    /// The order in which the bodies end.
    public static let completion = FanOutOrder(backing: .completion)
}
