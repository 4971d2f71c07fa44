/// The identifier of one request from end to end: 16 bytes that are not all zero.
///
/// A trace ID prints as 32 lower-case hex digits and is encoded as that text.
///
/// Specification: [W3C Trace Context Level 2, section 3.2.2.3](https://www.w3.org/TR/trace-context-2/#trace-id).
public struct TraceID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// Makes the identifier of these 128 bits. The result is nil if all of them are zero.
    package init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// A new identifier of 128 random bits.
    public static func random() -> TraceID {
        while true {
            if let id = TraceID(high: ThreadRandom.word(), low: ThreadRandom.word()) { return id }
        }
    }

    /// Reads 32 hex digits or a UUID, in either case. The result is nil for any other text and for zeros.
    ///
    ///     TraceID("0af7651916cd43dd8448eb211c80319c")
    ///     TraceID("0AF76519-16CD-43DD-8448-EB211C80319C")    // the same
    public init?(_ text: some StringProtocol) {
        guard let id = try? TraceID(parsing: String(text).utf8.span) else { return nil }
        self = id
    }

    /// Makes the identifier of 16 bytes, the most significant byte first. The result is nil for any other number of
    /// bytes and for zeros.
    ///
    /// Use it for IDs that another library keeps as bytes, such as those of OTLP.
    public init?(bytes: some Sequence<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for byte in bytes {
            count += 1
            guard count <= 16 else { return nil }
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        guard count == 16 else { return nil }
        self.init(high: high, low: low)
    }

    /// The 16 bytes, the most significant byte first.
    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - $0 % 8 * 8)) }
    }

    /// Reads 32 hex digits or a UUID, in either case.
    package init(parsing text: Span<UInt8>) throws(HeaderFault) {
        var high: UInt64
        let low: UInt64
        switch text.count {
        case 32:
            high = try Hex.eitherCaseWord(in: text, at: 0)
            low = try Hex.eitherCaseWord(in: text, at: 16)
        case 36:
            let dash = UInt8(ascii: "-")
            guard text[8] == dash, text[13] == dash, text[18] == dash, text[23] == dash else { throw .malformed }
            high = try Hex.word(in: text, at: 0..<8, .eitherCase) << 32
            high |= try Hex.word(in: text, at: 9..<13, .eitherCase) << 16
            high |= try Hex.word(in: text, at: 14..<18, .eitherCase)
            low =
                try Hex.word(in: text, at: 19..<23, .eitherCase) << 48
                | Hex.word(in: text, at: 24..<36, .eitherCase)
        case ..<32:
            throw .tooShort
        default:
            throw .tooLong
        }
        guard let id = TraceID(high: high, low: low) else { throw .zeroTraceID }
        self = id
    }
}

extension TraceID: CustomStringConvertible {
    /// 32 lower-case hex digits.
    public var description: String { Hex.string(high, low) }
}
