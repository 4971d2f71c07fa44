extension SpanID: Codable {
    /// Decodes 16 hex digits in either case.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for any other text and for zeros.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = SpanID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(64))\" is not a span ID: write 16 hex digits that are not all zero"
            )
        }
        self = id
    }

    /// Encodes the 16 digits of ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
