extension TraceID: Codable {
    /// Decodes 32 hex digits or a UUID, in either case.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for any other text and for zeros.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = TraceID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "\"\(text.prefix(64))\" is not a trace ID: write 32 hex digits or a UUID that are not all zero"
            )
        }
        self = id
    }

    /// Encodes the 32 digits of ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
