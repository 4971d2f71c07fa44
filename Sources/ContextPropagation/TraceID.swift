/// The identifier of one request from end to end: 16 bytes, not all zero.
///
/// Specification: [W3C Trace Context Level 2, section 3.2.2.3](https://www.w3.org/TR/trace-context-2/#trace-id).
public struct TraceID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// The identifier of these 128 bits, nil when all are zero.
    package init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// A new identifier of 128 random bits.
    public static func random() -> TraceID {
        while true {
            if let id = TraceID(high: ThreadState.randomWord(), low: ThreadState.randomWord()) { return id }
        }
    }

    /// Reads 32 hex digits or a UUID, in either case. Nil for any other text, and for all zeros.
    ///
    ///     TraceID("0af7651916cd43dd8448eb211c80319c")
    ///     TraceID("0AF76519-16CD-43DD-8448-EB211C80319C")    // the same
    public init?(_ text: some StringProtocol) {
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        let bytes = text.utf8
        switch bytes.count {
        case 32:
            digits.append(contentsOf: bytes)
        case 36:
            for (index, byte) in bytes.enumerated() {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return nil }
                } else {
                    digits.append(byte)
                }
            }
        default:
            return nil
        }
        guard let high = Hex.parse(digits[0..<16]), let low = Hex.parse(digits[16..<32]) else { return nil }
        self.init(high: high, low: low)
    }
}

extension TraceID: CustomStringConvertible {
    /// 32 lower-case hex digits.
    public var description: String { Hex.string(high, low) }
}
