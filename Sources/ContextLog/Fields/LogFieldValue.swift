/// The value of a field, as a backend or a test reads it back from a line.
public enum LogFieldValue: Hashable, Sendable {
    /// A member of an object.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let value: LogFieldValue

        public init(name: String, value: LogFieldValue) {
            self.name = name
            self.value = value
        }
    }

    case null
    case bool(Bool)
    /// A whole number within `Int`'s range.
    case integer(Int)
    /// A whole number beyond `Int`'s range: its digits.
    case bigInteger(String)
    /// Any other number; beyond `Double`'s range an infinity.
    case double(Double)
    case string(String)
    case array([LogFieldValue])
    /// Members in the order in which they stand.
    case object([Member])

    /// The value of an object's member, nil where there is none.
    public subscript(name: String) -> LogFieldValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }
}
