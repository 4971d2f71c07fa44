/// Baggage in one header for each member, whose name is a prefix and the name of the member.
enum PrefixedBaggage {
    /// Writes one header for each name. Names of headers are compared without case, so of members whose names differ
    /// only in case, the last is written. Encoding can make a value longer: members that then exceed the limit are left
    /// out.
    ///
    /// - Parameter isRaw: Whether the values are written as text. Otherwise they are percent-encoded.
    static func inject(_ baggage: Baggage, prefix: String, isRaw: Bool, into carrier: inout some HeaderCarrier) {
        var names: Set<String> = []
        var headers: [(name: String, value: [UInt8])] = []
        for member in baggage.headerValue.utf8.split(separator: UInt8(ascii: ",")).reversed() {
            let pair = member.prefix { $0 != UInt8(ascii: ";") }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(Substring(pair[..<equals])).lowercased()
            guard names.insert(name).inserted else { continue }
            let encoded = Array(pair[equals...].dropFirst())
            var value: [UInt8] = []
            PercentEncoding.complete(encoded.span, in: encoded.indices, appendingTo: &value)
            headers.append((name, value))
        }
        var written = 0
        for (name, value) in headers.reversed() {
            let size = (written > 0 ? 1 : 0) + name.utf8.count + 1 + value.count
            guard written + size <= BaggageReading.maximumBytes else { continue }
            written += size
            carrier.appendHeader(name: prefix + name, value: (isRaw ? raw(value) : value).span)
        }
    }

    /// The text of an encoded value. Percent signs, control characters, and blanks at the ends stay encoded: a reader
    /// would take the first for the beginning of an encoded byte, could take the second for the end of the header, and
    /// strips the third.
    private static func raw(_ value: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < value.count {
            let isEncoded = value[index] == UInt8(ascii: "%") && index + 2 < value.count
            guard isEncoded, let byte = Hex.parse(value[index + 1...index + 2]).map({ UInt8(truncatingIfNeeded: $0) })
            else {
                result.append(value[index])
                index += 1
                continue
            }
            let isAtEnd = index == 0 || index + 3 == value.count
            let staysEncoded = byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") || byte == 0x20 && isAtEnd
            if staysEncoded { result += value[index..<index + 3] } else { result.append(byte) }
            index += 3
        }
        return result
    }
}
