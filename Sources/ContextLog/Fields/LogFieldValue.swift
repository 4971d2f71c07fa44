/// The value of a field, as a backend or a test reads it from a line.
public enum LogFieldValue: Hashable, Sendable {
    /// A member of an object.
    public struct Member: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: LogFieldValue

        /// Makes a member.
        public init(name: String, value: LogFieldValue) {
            self.name = name
            self.value = value
        }
    }

    /// JSON's `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number in the range of `Int`.
    case integer(Int)
    /// The digits of a whole number outside the range of `Int`.
    case bigInteger(String)
    /// Any other number. A number outside the range of `Double` is an infinity.
    case double(Double)
    /// A text.
    case string(String)
    /// The elements in their order.
    case array([LogFieldValue])
    /// The members in their order.
    case object([Member])

    /// The value of an object's member, or nil if there is no member of this name. Names are compared byte by byte.
    public subscript(name: String) -> LogFieldValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}
