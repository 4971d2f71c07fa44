/// Reads `tracestate` from one or more headers, which are one list in their order.
///
/// A fault in one member makes the whole list void, as section 3.3 of W3C Trace Context requires. `traceparent` stays
/// valid.
struct TraceStateReading: ~Copyable {
    static let maximumMembers = 32
    static let maximumBytes = 8192
    private static let maximumPart = 256

    private(set) var fault: HeaderFault?
    /// The whole list, if the first header already is in the form in which the list is passed on. Most are.
    private var whole: String?
    /// The list in any other case.
    private var text: [UInt8] = []
    private var members = 0
    private var bytesRead = 0

    /// Whether there was no header, or only empty ones.
    var isAbsent: Bool { bytesRead == 0 }

    var result: TraceState? {
        guard fault == nil, members > 0 else { return nil }
        return TraceState(validated: whole ?? String(decoding: text, as: UTF8.self))
    }

    mutating func read(_ value: Span<UInt8>) {
        guard fault == nil else { return }
        do throws(HeaderFault) {
            // The comma that joins two headers counts.
            bytesRead += value.count + (bytesRead > 0 ? 1 : 0)
            guard bytesRead <= Self.maximumBytes else { throw HeaderFault.tooLong }
            if bytesRead == value.count, let count = Self.countMembers(ofExact: value), count <= Self.maximumMembers {
                members = count
                whole = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                return
            }
            if let whole = whole.take() { text = Array(whole.utf8) }
            try value.forEachField(separatedBy: UInt8(ascii: ","), in: 0..<value.count) { member throws(HeaderFault) in
                members += 1
                guard members <= Self.maximumMembers else { throw HeaderFault.tooManyMembers }
                try Self.validate(value, member)
                if members > 1 { text.append(UInt8(ascii: ",")) } else { text.reserveCapacity(value.count) }
                for index in member { text.append(value[index]) }
            }
        } catch {
            fault = error
            whole = nil
            text = []
        }
    }

    /// The number of members, if the list is valid and has neither empty members nor white space around a member. It is
    /// nil if each member must be looked at by itself.
    private static func countMembers(ofExact value: Span<UInt8>) -> Int? {
        var members = 0
        var index = 0
        while true {
            let key = index
            while index < value.count, isKeyByte(value[index]) { index += 1 }
            guard index > key, index - key <= maximumPart, isFirstKeyByte(value[key]), index < value.count,
                value[index] == UInt8(ascii: "=")
            else { return nil }
            let start = index + 1
            index = start
            while index < value.count, isValueByte(value[index]) { index += 1 }
            guard index > start, index - start <= maximumPart, value[index - 1] != UInt8(ascii: " ") else { return nil }
            members += 1
            if index == value.count { return members }
            guard value[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    @inline(__always)
    private static func isFirstKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    @inline(__always)
    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"): true
        default: false
        }
    }

    /// A byte of a value, other than the comma that ends it.
    @inline(__always)
    private static func isValueByte(_ byte: UInt8) -> Bool {
        0x20...0x7E ~= byte && byte != UInt8(ascii: "=") && byte != UInt8(ascii: ",")
    }

    private static func validate(_ value: Span<UInt8>, _ member: Range<Int>) throws(HeaderFault) {
        guard let equals = value.firstIndex(of: UInt8(ascii: "="), in: member) else { throw .malformed }
        let keyLength = equals - member.lowerBound
        let valueLength = member.upperBound - equals - 1
        guard keyLength > 0, valueLength > 0 else { throw .malformed }
        guard keyLength <= maximumPart, valueLength <= maximumPart else { throw .tooLong }
        guard isFirstKeyByte(value[member.lowerBound]) else { throw .malformed }
        for index in member.lowerBound..<equals {
            guard isKeyByte(value[index]) else { throw .malformed }
        }
        for index in equals + 1..<member.upperBound {
            guard isValueByte(value[index]) else { throw .malformed }
        }
    }
}
