/// Percent-encoding of UTF-8 bytes, as W3C Baggage and Jaeger use it.
///
/// Specification: [RFC 3986, section 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1).
/// (`removingPercentEncoding` gives up at `%FF`. Here `%FF` becomes U+FFFD, and a percent sign without two hex digits
/// stays one.)
enum PercentEncoding {
    static func decode(_ text: some Collection<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(decoding: text, as: UTF8.self) }
        return String(decoding: decodedBytes(text), as: UTF8.self)
    }

    static func decodedBytes(_ text: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = Hex.parse(rest.prefix(2)) {
                bytes.append(UInt8(truncatingIfNeeded: value))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// Encodes every byte that a value of baggage cannot hold, and `%` and `+`.
    ///
    /// W3C Baggage allows a plus sign, but readers that decode forms (OpenTelemetry in Python) take it for a blank.
    static func encode(_ text: String) -> String {
        if text.utf8.allSatisfy(isPlain) { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) { bytes.append(byte) } else { append(encoding: byte, to: &bytes) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a part of `value` that may be encoded in part: encodes the bytes that ``encode(_:)`` would, except for a
    /// percent sign before two hex digits.
    static func complete(_ value: Span<UInt8>, in range: Range<Int>, appendingTo bytes: inout [UInt8]) {
        for index in range {
            let byte = value[index]
            let isEncoded =
                byte == UInt8(ascii: "%") && index + 2 < range.upperBound
                && Hex.value(of: value[index + 1]) != nil && Hex.value(of: value[index + 2]) != nil
            if isEncoded || isPlain(byte) { bytes.append(byte) } else { append(encoding: byte, to: &bytes) }
        }
    }

    static func append(encoding byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(upperCaseDigit(byte >> 4))
        bytes.append(upperCaseDigit(byte & 15))
    }

    /// RFC 3986, section 2.1: producers should write upper-case digits.
    private static func upperCaseDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 48 + nibble : 55 + nibble
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isBaggageOctet(byte) && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "+")
    }

    /// Specification: [W3C Baggage, section 3.2](https://www.w3.org/TR/baggage/#definition).
    @inline(__always)
    static func isBaggageOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }

    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    /// Specification: [RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
    @inline(__always)
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
