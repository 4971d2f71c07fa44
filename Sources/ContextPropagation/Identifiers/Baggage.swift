/// The application's own values that travel with a trace.
///
/// Use baggage for the few values that every later service should see, such as a tenant. Every receiver of a message
/// can read them, so do not put secrets there. Put values that only this process needs into scoped fields.
///
///     var baggage = Baggage()
///     baggage["tenant"] = "נמל"
///     let context = LogContext.current.with(baggage: baggage)
///
/// Specification: [W3C Baggage, section 3](https://www.w3.org/TR/baggage/#baggage-http-header-format).
public struct Baggage: Sendable {
    /// One value and its name.
    public struct Member: Hashable, Sendable {
        /// The name. Its case counts.
        public let name: String
        /// The value, percent-decoded. Bytes that are not UTF-8 become U+FFFD.
        public let value: String
        /// The properties after the value and a semicolon, unchanged.
        public let properties: String?
    }

    /// The value of a `baggage` header with these members: percent-encoded, without white space around its parts.
    ///
    /// Members of a received `baggage` header keep their encoding. Values that the program sets and values from
    /// Jaeger's headers have each `%` and `+` encoded, because some readers take `+` for a blank.
    public private(set) var headerValue: String

    /// No values.
    public init() {
        headerValue = ""
    }

    init(validated headerValue: String) {
        self.headerValue = headerValue
    }

    /// Reads the value of a header. Faulty members are left out, and so are members that exceed the limits (64 members,
    /// 8192 bytes). The result is nil if no member is left.
    public init?(_ headerValue: String) {
        var reading = BaggageReading()
        reading.read(headerValue.utf8.span)
        guard let baggage = reading.result else { return nil }
        self = baggage
    }

    /// The values in their order. There are at most 64. If a name appears twice, the last value counts.
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

    /// The value of a name. Setting nil removes the value. A new name is added at the end.
    ///
    /// Setting does nothing if the name is not a token of HTTP (RFC 9110, section 5.6.2), or if the header would exceed
    /// 64 members or 8192 bytes. To find out whether a value was set, read it.
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

    /// Whether there are no values.
    public var isEmpty: Bool { headerValue.isEmpty }
}

extension Baggage: Hashable {
    /// Whether both have equal members. The encoding does not count.
    public static func == (one: Baggage, other: Baggage) -> Bool {
        one.headerValue == other.headerValue || one.members == other.members
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members)
    }
}

extension Baggage: ExpressibleByDictionaryLiteral {
    /// The values in the order of the literal. See ``subscript(_:)`` for the names and values that are left out.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}

extension Baggage: CustomStringConvertible {
    /// The same as ``headerValue``.
    public var description: String { headerValue }
}
