/// Reads `tracestate` from one or more headers, which are one list in their order.
///
/// A fault in one member makes the whole list void, as section 3.3 of W3C Trace Context requires. `traceparent` stays
/// valid.
struct TraceStateReading: ~Copyable {
    static let maximumMembers = 32
    static let maximumBytes = 8192
    private static let maximumPart = 256

    private(set) var fault: HeaderFault?
    private var text: [UInt8] = []
    private var members = 0
    private var bytesRead = 0

    /// Whether there was no header, or only empty ones.
    var isAbsent: Bool { bytesRead == 0 }

    var result: TraceState? {
        guard fault == nil, members > 0 else { return nil }
        return TraceState(validated: String(decoding: text, as: UTF8.self))
    }

    mutating func read(_ value: Span<UInt8>) {
        guard fault == nil else { return }
        do throws(HeaderFault) {
            // The comma that joins two headers counts.
            bytesRead += value.count + (bytesRead > 0 ? 1 : 0)
            guard bytesRead <= Self.maximumBytes else { throw HeaderFault.tooLong }
            try value.forEachField(separatedBy: UInt8(ascii: ","), in: 0..<value.count) { member throws(HeaderFault) in
                members += 1
                guard members <= Self.maximumMembers else { throw HeaderFault.tooManyMembers }
                try Self.validate(value, member)
                if members > 1 { text.append(UInt8(ascii: ",")) } else { text.reserveCapacity(value.count) }
                for index in member { text.append(value[index]) }
            }
        } catch {
            fault = error
            text = []
        }
    }

    private static func validate(_ value: Span<UInt8>, _ member: Range<Int>) throws(HeaderFault) {
        guard let equals = value.firstIndex(of: UInt8(ascii: "="), in: member) else { throw .malformed }
        let keyLength = equals - member.lowerBound
        let valueLength = member.upperBound - equals - 1
        guard keyLength > 0, valueLength > 0 else { throw .malformed }
        guard keyLength <= maximumPart, valueLength <= maximumPart else { throw .tooLong }
        for index in member.lowerBound..<equals {
            switch value[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"):
                guard index > member.lowerBound else { throw .malformed }
            default: throw .malformed
            }
        }
        for index in equals + 1..<member.upperBound {
            guard 0x20...0x7E ~= value[index], value[index] != UInt8(ascii: "=") else { throw .malformed }
        }
    }
}
