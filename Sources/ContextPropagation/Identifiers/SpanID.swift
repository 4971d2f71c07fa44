/// The identifier of one unit of work within a trace: 8 bytes, not all zero.
///
/// Specification: [W3C Trace Context Level 2, section 3.2.2.4](https://www.w3.org/TR/trace-context-2/#parent-id).
public struct SpanID: Hashable, Sendable {
    package let bits: UInt64

    /// The identifier of these 64 bits, nil when all are zero.
    package init?(bits: UInt64) {
        guard bits != 0 else { return nil }
        self.bits = bits
    }

    /// A new identifier of 64 random bits.
    public static func random() -> SpanID {
        while true {
            if let id = SpanID(bits: ThreadState.randomWord()) { return id }
        }
    }

    /// Reads 16 hex digits in either case. Nil for any other text, and for all zeros.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let bits = Hex.parse(text.utf8) else { return nil }
        self.init(bits: bits)
    }
}

extension SpanID: CustomStringConvertible {
    /// 16 lower-case hex digits.
    public var description: String { Hex.string(bits) }
}
