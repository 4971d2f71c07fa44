extension LogLevel: Codable {
    /// Decodes a name in any case, as ``init(_:)`` reads it.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for any other text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let level = LogLevel(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(64))\" is not a log level; choose from \(Self.names)"
            )
        }
        self = level
    }

    /// Encodes the name of ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
