/// In what order `fanOut` and its siblings give results.
public struct FanOutOrder: Sendable, Hashable {
    fileprivate enum Backing {
        case input
        case completion
    }

    private let backing: Backing

    /// In the order of the elements. Where results are handed over one by one, those that come early wait for those
    /// before them; while `maxConcurrency` of them wait, no element is taken.
    public static let input = FanOutOrder(backing: .input)

    /// As they come.
    public static let completion = FanOutOrder(backing: .completion)
}
