/// The header `baggage`.
///
/// Specification: [W3C Baggage, section 3](https://www.w3.org/TR/baggage/#baggage-http-header-format).
enum BaggageCodec {
    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard let baggage = context.baggage, !baggage.isEmpty else { return }
        carrier.appendHeader(name: "baggage", value: baggage.headerValue.utf8.span)
    }
}

/// `baggage` out of one header or several, which are one list in their order.
///
/// A faulty member is left out and the others stay. What is over the limits (section 3.3.2) is left out as a whole:
/// half a list would look like a whole one. White space and faulty members count for the limit of bytes, which bounds
/// the reading.
struct BaggageReading: ~Copyable {
    static let maximumMembers = 64
    static let maximumBytes = 8192

    private(set) var fault: HeaderFault?
    private var isOverLimit = false
    private var text: [UInt8] = []
    private var members = 0
    private var bytesRead = 0

    var result: Baggage? {
        guard !isOverLimit, !text.isEmpty else { return nil }
        return Baggage(validated: String(decoding: text, as: UTF8.self))
    }

    func settle(_ extraction: inout HeaderExtraction, as format: HeaderFormat) {
        if let result { extraction.setBaggage(result, from: format) }
        extraction.note(fault, of: format)
    }

    mutating func read(_ value: Span<UInt8>) {
        guard !isOverLimit else { return }
        do throws(HeaderFault) {
            // The comma that joins two headers counts.
            bytesRead += value.count + (bytesRead > 0 ? 1 : 0)
            guard bytesRead <= Self.maximumBytes else { throw HeaderFault.tooLong }
            text.reserveCapacity(bytesRead)
            try value.forEachField(separatedBy: UInt8(ascii: ","), in: 0..<value.count) { member throws(HeaderFault) in
                let before = text.count
                if before > 0 { text.append(UInt8(ascii: ",")) }
                if append(value, member) {
                    members += 1
                    guard members <= Self.maximumMembers else { throw HeaderFault.tooManyMembers }
                } else {
                    text.removeSubrange(before...)
                    fault = .malformed
                }
            }
        } catch {
            giveUp(error)
        }
    }

    /// Takes one member from a header of its own, whose name is compared in lower case. Its value may hold any bytes;
    /// what `baggage` could not hold is encoded. Returns whether there was a member of this name before.
    mutating func read(name: Span<UInt8>, value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        guard !isOverLimit else { return false }
        bytesRead += name.count + 1 + value.count + (bytesRead > 0 ? 1 : 0)
        guard bytesRead <= Self.maximumBytes else {
            giveUp(.tooLong)
            return false
        }
        guard name.count > 0, name.indices.allSatisfy({ PercentEncoding.isTokenByte(name[$0]) }) else {
            fault = .malformed
            return false
        }
        let key = name.indices.map { 65...90 ~= name[$0] ? name[$0] | 0x20 : name[$0] } + [UInt8(ascii: "=")]
        let before = memberRange(startingWith: key)
        if let before {
            switch duplicates {
            case .last: text.removeSubrange(before)
            case .first: return true
            case .restart:
                giveUp(.duplicate)
                return true
            }
        } else {
            members += 1
        }
        guard members <= Self.maximumMembers else {
            giveUp(.tooManyMembers)
            return false
        }
        if !text.isEmpty { text.append(UInt8(ascii: ",")) }
        text += key
        for index in value.trimmed(0..<value.count) {
            if PercentEncoding.isBaggageOctet(value[index]) {
                text.append(value[index])
            } else {
                PercentEncoding.append(encoding: value[index], to: &text)
            }
        }
        // Encoded it can be three times as long.
        if text.count > Self.maximumBytes { giveUp(.tooLong) }
        return before != nil
    }

    /// The member that starts with a name and an equals sign, with one of the commas beside it.
    private func memberRange(startingWith key: [UInt8]) -> Range<Int>? {
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: ",")) ?? text.count
            if text[start..<end].starts(with: key) {
                return start == 0 ? 0..<min(end + 1, text.count) : start - 1..<end
            }
            start = end + 1
        }
        return nil
    }

    private mutating func giveUp(_ fault: HeaderFault) {
        self.fault = fault
        isOverLimit = true
        text = []
    }

    /// Appends a member without the white space around its parts; false where it is faulty.
    private mutating func append(_ value: Span<UInt8>, _ member: Range<Int>) -> Bool {
        var isFirst = true
        var start = member.lowerBound
        while start <= member.upperBound {
            let end = value.firstIndex(of: UInt8(ascii: ";"), in: start..<member.upperBound) ?? member.upperBound
            if !isFirst { text.append(UInt8(ascii: ";")) }
            guard append(value, pair: start..<end, needsValue: isFirst) else { return false }
            isFirst = false
            start = end + 1
        }
        return true
    }

    private mutating func append(_ value: Span<UInt8>, pair: Range<Int>, needsValue: Bool) -> Bool {
        let equals = value.firstIndex(of: UInt8(ascii: "="), in: pair)
        let name = value.trimmed(pair.lowerBound..<(equals ?? pair.upperBound))
        guard !name.isEmpty, equals != nil || !needsValue else { return false }
        for index in name {
            guard PercentEncoding.isTokenByte(value[index]) else { return false }
            text.append(value[index])
        }
        guard let equals else { return true }
        text.append(UInt8(ascii: "="))
        for index in value.trimmed(equals + 1..<pair.upperBound) {
            guard PercentEncoding.isBaggageOctet(value[index]) else { return false }
            text.append(value[index])
        }
        return true
    }
}
