/// The content of a `traceparent` header: the trace, the sender's span and the flags.
///
/// Use it when a single value travels outside headers, such as in a database column. For lists of headers, use
/// ``HeaderCodecs``.
///
///     TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?.traceID
///
/// Specification: [W3C Trace Context Level 2, section 3.2](https://www.w3.org/TR/trace-context-2/#traceparent-header).
public struct TraceParent: Hashable, Sendable, HeaderValue {
    /// The trace.
    public let traceID: TraceID
    /// The sender's span.
    public let spanID: SpanID
    /// The flags of the trace.
    public let traceFlags: TraceFlags

    /// Makes a value of its parts.
    public init(traceID: TraceID, spanID: SpanID, traceFlags: TraceFlags = .sampled) {
        self.traceID = traceID
        self.spanID = spanID
        self.traceFlags = traceFlags
    }

    /// Reads a value strictly: lower-case hex and no zero IDs. Version `00` must be exact; of a later version, only the
    /// part that version `00` has is read. The result is nil for any other text.
    public init?(_ text: String) {
        guard let parsed = try? TraceParent(parsing: text.utf8.span) else { return nil }
        self = parsed
    }

    /// The length of a value of version `00` in bytes.
    static let length = 55

    /// The largest length in bytes of a value of a later version. Only its first 55 bytes are read.
    private static let maximumLength = 512

    package init(parsing text: Span<UInt8>) throws(HeaderFault) {
        if let usual = Self.usual(text) {
            self = usual
        } else {
            try self.init(parsingAny: text)
        }
    }

    /// Reads a valid value of version 00, which nearly all values are. The result is nil for any other value, even if
    /// it is valid.
    @inline(__always)
    private static func usual(_ text: Span<UInt8>) -> TraceParent? {
        guard text.count == length else { return nil }
        let bytes = text.bytes
        let dash = UInt8(ascii: "-")
        let isFramed =
            bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt16.self) == 0x3030
            && bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self) == dash
            && bytes.unsafeLoad(fromByteOffset: 35, as: UInt8.self) == dash
            && bytes.unsafeLoad(fromByteOffset: 52, as: UInt8.self) == dash
            && bytes.unsafeLoad(fromByteOffset: 53, as: UInt8.self) == UInt8(ascii: "0")
        let flags = bytes.unsafeLoad(fromByteOffset: 54, as: UInt8.self) &- UInt8(ascii: "0")
        guard isFramed, flags < 8, let high = Hex.lowerCaseDigits(in: text, at: 3),
            let low = Hex.lowerCaseDigits(in: text, at: 19), let span = Hex.lowerCaseDigits(in: text, at: 36),
            let traceID = TraceID(high: high, low: low), let spanID = SpanID(bits: span)
        else { return nil }
        return TraceParent(traceID: traceID, spanID: spanID, traceFlags: TraceFlags(rawValue: flags & 3))
    }

    private init(parsingAny text: Span<UInt8>) throws(HeaderFault) {
        var start = 0
        if _slowPath(text.count != Self.length) {
            guard text.count <= Self.maximumLength else { throw .tooLong }
            let trimmed = text.trimmed(0..<text.count)
            start = trimmed.lowerBound
            guard trimmed.count >= Self.length else { throw .tooShort }
            if trimmed.count > Self.length {
                // Version 00 ends here. A later version may continue after a dash.
                if text[start] == UInt8(ascii: "0"), text[start + 1] == UInt8(ascii: "0") { throw .tooLong }
                guard text[start + Self.length] == UInt8(ascii: "-") else { throw .malformed }
            }
        }
        guard
            text[start + 2] == UInt8(ascii: "-"), text[start + 35] == UInt8(ascii: "-"),
            text[start + 52] == UInt8(ascii: "-")
        else { throw .malformed }
        let version = try Hex.word(in: text, at: start..<start + 2, .lowerCase)
        guard version != 0xFF else { throw .versionFF }
        let high = try Hex.lowerCaseWord(in: text, at: start + 3)
        let low = try Hex.lowerCaseWord(in: text, at: start + 19)
        let span = try Hex.lowerCaseWord(in: text, at: start + 36)
        let flags = try Hex.word(in: text, at: start + 53..<start + 55, .lowerCase)
        guard let traceID = TraceID(high: high, low: low) else { throw .zeroTraceID }
        guard let spanID = SpanID(bits: span) else { throw .zeroSpanID }
        self.traceID = traceID
        self.spanID = spanID
        // Only the sampled bit of a later version is known. The bits that version 00 reserves must not be sent on.
        let known: TraceFlags = version == 0 ? [.sampled, .random] : .sampled
        traceFlags = TraceFlags(rawValue: UInt8(truncatingIfNeeded: flags)).intersection(known)
    }

    /// Writes 55 bytes.
    func write(to target: UnsafeMutablePointer<UInt8>) {
        target[0] = UInt8(ascii: "0")
        target[1] = UInt8(ascii: "0")
        target[2] = UInt8(ascii: "-")
        Hex.write(traceID.high, to: target + 3)
        Hex.write(traceID.low, to: target + 19)
        target[35] = UInt8(ascii: "-")
        Hex.write(spanID.bits, to: target + 36)
        target[52] = UInt8(ascii: "-")
        let bits = UInt64(traceFlags.intersection([.sampled, .random]).rawValue)
        target[53] = UInt8(ascii: "0")
        target[54] = Hex.digit(bits)
    }
}

extension TraceParent: CustomStringConvertible {
    /// The value of a header, in version `00`.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            write(to: base)
            return Self.length
        }
    }
}
