/// The application's own values that travel with a trace.
///
/// When to use it: for the few values that every service along the way should see, as a tenant. All who receive a
/// message can read them, so no secrets; what only this process needs belongs into scoped fields.
///
///     var baggage = Baggage()
///     baggage["tenant"] = "נמל"
///     let context = LogContext.current.with(baggage: baggage)
///
/// Specification: [W3C Baggage, section 3](https://www.w3.org/TR/baggage/#baggage-http-header-format).
public struct Baggage: Sendable {
    /// One value under its name.
    public struct Member: Hashable, Sendable {
        public let name: String
        /// The value, percent-decoded; bytes that are not UTF-8 are U+FFFD.
        public let value: String
        /// What follows the value after a semicolon, as it came.
        public let properties: String?
    }

    /// The value of a `baggage` header that says the same: percent-encoded, without white space around its parts. What
    /// was received is passed on as it came.
    public private(set) var headerValue: String

    /// No values.
    public init() {
        headerValue = ""
    }

    init(validated headerValue: String) {
        self.headerValue = headerValue
    }

    /// Reads a header's value: faulty members are left out. Nil where none is left, and for what is over the limits (64
    /// members, 8192 bytes).
    public init?(_ headerValue: String) {
        var reading = BaggageReading()
        reading.read(headerValue.utf8.span)
        guard let baggage = reading.result else { return nil }
        self = baggage
    }

    /// The values in the order in which they came; at most 64. A name can stand twice: the last one counts.
    public var members: [Member] {
        headerValue.utf8.split(separator: UInt8(ascii: ",")).map { member in
            let parts = member.split(separator: UInt8(ascii: ";"), maxSplits: 1)
            let pair = parts[0].split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return Member(
                name: String(Substring(pair[0])),
                value: PercentEncoding.decode(pair[1]),
                properties: parts.count > 1 ? String(Substring(parts[1])) : nil
            )
        }
    }

    /// The value under a name. Setting nil takes it out; a new name goes to the end.
    ///
    /// A name that is no HTTP token (letters, digits and ``!#$%&'*+-.^_`|~``) is not set, nor is a value that would
    /// take the header over 64 members or 8192 bytes: then all stays as it was. To see whether it was set, read it.
    public subscript(name: String) -> String? {
        get { members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value }
        set {
            guard PercentEncoding.isToken(name) else { return }
            var kept = headerValue.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
            kept.removeAll { $0.utf8.starts(with: name.utf8) && $0.utf8.dropFirst(name.utf8.count).first == 0x3D }
            if let newValue { kept.append("\(name)=\(PercentEncoding.encode(newValue))") }
            let text = kept.joined(separator: ",")
            guard kept.count <= BaggageReading.maximumMembers, text.utf8.count <= BaggageReading.maximumBytes else {
                return
            }
            headerValue = text
        }
    }

    /// Whether there is no value.
    public var isEmpty: Bool { headerValue.isEmpty }
}

extension Baggage: Hashable {
    /// Two are equal when their members are, however these are encoded.
    public static func == (one: Baggage, other: Baggage) -> Bool {
        one.headerValue == other.headerValue || one.members == other.members
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members)
    }
}

extension Baggage: ExpressibleByDictionaryLiteral {
    /// The values in the order in which they are written; see ``subscript(_:)`` for what is left out.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}

extension Baggage: CustomStringConvertible {
    /// The same as ``headerValue``.
    public var description: String { headerValue }
}
