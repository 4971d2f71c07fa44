/// The identifier of one unit of work within a trace: 8 bytes that are not all zero.
///
/// A span ID prints as 16 lower-case hex digits and is encoded as that text.
///
/// Specification: [W3C Trace Context Level 2, section 3.2.2.4](https://www.w3.org/TR/trace-context-2/#parent-id).
public struct SpanID: Hashable, Sendable {
    package let bits: UInt64

    /// Makes the identifier of these 64 bits. The result is nil if all of them are zero.
    package init?(bits: UInt64) {
        guard bits != 0 else { return nil }
        self.bits = bits
    }

    /// A new identifier of 64 random bits.
    public static func random() -> SpanID {
        while true {
            if let id = SpanID(bits: ThreadRandom.word()) { return id }
        }
    }

    /// Reads 16 hex digits in either case. The result is nil for any other text and for zeros.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let bits = Hex.parse(text.utf8) else { return nil }
        self.init(bits: bits)
    }

    /// Makes the identifier of 8 bytes, the most significant byte first. The result is nil for any other number of
    /// bytes and for zeros.
    public init?(bytes: some Sequence<UInt8>) {
        var bits: UInt64 = 0
        var count = 0
        for byte in bytes {
            count += 1
            guard count <= 8 else { return nil }
            bits = bits << 8 | UInt64(byte)
        }
        guard count == 8 else { return nil }
        self.init(bits: bits)
    }

    /// The 8 bytes, the most significant byte first.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - $0 * 8)) }
    }
}

extension SpanID: CustomStringConvertible {
    /// 16 lower-case hex digits.
    public var description: String { Hex.string(bits) }
}
