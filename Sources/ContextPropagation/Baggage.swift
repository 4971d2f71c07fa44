/// The application's own values that travel with a trace.
///
/// Specification: [W3C Baggage, section 3](https://www.w3.org/TR/baggage/#baggage-http-header-format).
public struct Baggage: Hashable, Sendable {
    /// One value under its name.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let value: String
        /// What follows the value after a semicolon, as it came.
        public let properties: String?
    }

    /// The values in the order in which they came; at most 64.
    public let members: [Member]

    package init(members: [Member]) {
        self.members = members
    }
}
