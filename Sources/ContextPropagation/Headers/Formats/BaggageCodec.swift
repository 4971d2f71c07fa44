/// The header `baggage`.
///
/// Specification: [W3C Baggage, section 3](https://www.w3.org/TR/baggage/#baggage-http-header-format).
enum BaggageCodec {
    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard let baggage = context.baggage, !baggage.isEmpty else { return }
        carrier.appendHeader(name: "baggage", value: baggage.headerValue.utf8.span)
    }
}

/// Reads `baggage` from one or more headers, which are one list in their order.
///
/// A faulty member is left out and the others stay. Of a list that exceeds a limit (section 3.3.2), the first whole
/// members that fit stay, and the number of the others is noted. At most 8193 bytes are read, white space and faulty
/// members included.
struct BaggageReading: ~Copyable {
    static let maximumMembers = 64
    static let maximumBytes = 8192

    /// The fault of a member, or of the whole list.
    private(set) var fault: HeaderFault?
    /// The limit that was reached first.
    private(set) var limit: HeaderFault?
    private(set) var droppedMembers = 0
    private var isVoid = false
    /// The whole list, if the first header already is in the form in which the list is passed on. Most are.
    private var whole: String?
    /// The list in any other case.
    private var text: [UInt8] = []
    private var members = 0
    private var bytesRead = 0

    var result: Baggage? {
        if let whole { return Baggage(validated: whole) }
        guard !text.isEmpty else { return nil }
        return Baggage(validated: String(decoding: text, as: UTF8.self))
    }

    /// - Parameter format: `baggage`, `jaeger` or `ottrace`.
    func contribute(to merge: inout HeaderMerge, as format: HeaderFormat) {
        if let result { merge.addBaggage(result, from: .format(format)) }
        merge.note(fault, of: .format(format))
        if let limit { merge.note(limit, dropped: droppedMembers, of: format) }
    }

    mutating func read(_ value: Span<UInt8>) {
        guard value.count > 0 else { return }
        // The comma that joins two headers counts.
        let start = bytesRead > 0 ? bytesRead + 1 : 0
        let room = Self.maximumBytes - start
        guard room > 0 else { return drop(.tooLong) }
        if start == 0, value.count <= room, let count = Self.countMembers(ofExact: value),
            count <= Self.maximumMembers
        {
            bytesRead = value.count
            members = count
            whole = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            return
        }
        unpack()
        let end = value.count <= room ? value.count : Self.endOfWholeMembers(in: value, room)
        bytesRead = start + min(value.count, room)
        text.reserveCapacity(bytesRead)
        value.forEachField(separatedBy: UInt8(ascii: ","), in: 0..<end) { member in
            guard members < Self.maximumMembers else { return drop(.tooManyMembers) }
            let before = text.count
            if before > 0 { text.append(UInt8(ascii: ",")) }
            if append(value, member) {
                members += 1
            } else {
                text.removeSubrange(before...)
                fault = .malformed
            }
        }
        if end < value.count { drop(.tooLong) }
    }

    /// The number of members, if each is valid and no part has white space around it. Nil if each member must be looked
    /// at by itself.
    private static func countMembers(ofExact value: Span<UInt8>) -> Int? {
        var members = 0
        var index = 0
        while true {
            // The name and value of a member, or a property of it.
            var isProperty = false
            while true {
                let name = index
                while index < value.count, PercentEncoding.isTokenByte(value[index]) { index += 1 }
                guard index > name else { return nil }
                if index < value.count, value[index] == UInt8(ascii: "=") {
                    index += 1
                    while index < value.count, PercentEncoding.isBaggageOctet(value[index]) { index += 1 }
                } else if !isProperty {
                    return nil
                }
                guard index < value.count, value[index] == UInt8(ascii: ";") else { break }
                isProperty = true
                index += 1
            }
            members += 1
            if index == value.count { return members }
            guard value[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    /// Makes the list one to which members can be added.
    private mutating func unpack() {
        if let whole = whole.take() { text = Array(whole.utf8) }
    }

    /// The end of the last member that is whole within the first `room` bytes of a longer value.
    private static func endOfWholeMembers(in value: Span<UInt8>, _ room: Int) -> Int {
        var end = room
        while end > 0, value[end] != UInt8(ascii: ",") { end -= 1 }
        return end
    }

    /// Reads one member from a separate header, whose name is compared in lower case. The value may contain any bytes;
    /// bytes that `baggage` cannot contain are encoded. Returns whether there was a member of this name before.
    mutating func read(name: Span<UInt8>, value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        guard !isVoid else { return false }
        unpack()
        let start = bytesRead > 0 ? bytesRead + 1 : 0
        guard start + name.count + 1 <= Self.maximumBytes else {
            drop(.tooLong)
            return false
        }
        bytesRead = start + name.count + 1
        guard name.count > 0, name.indices.allSatisfy({ PercentEncoding.isTokenByte(name[$0]) }) else {
            fault = .malformed
            return false
        }
        let key = name.indices.map { 65...90 ~= name[$0] ? name[$0] | 0x20 : name[$0] } + [UInt8(ascii: "=")]
        let before = memberRange(startingWith: key)
        if let before {
            switch duplicates.rule {
            case .last:
                text.removeSubrange(before)
                members -= 1
            case .first:
                return true
            case .restart:
                fault = .duplicate
                isVoid = true
                text = []
                return true
            }
        }
        if bytesRead + value.count > Self.maximumBytes {
            drop(.tooLong)
        } else {
            bytesRead += value.count
            append(key, value)
        }
        return before != nil
    }

    private mutating func append(_ key: [UInt8], _ value: Span<UInt8>) {
        guard members < Self.maximumMembers else { return drop(.tooManyMembers) }
        let start = text.count
        if start > 0 { text.append(UInt8(ascii: ",")) }
        text += key
        PercentEncoding.complete(value, in: value.trimmed(0..<value.count), appendingTo: &text)
        // An encoded value can be three times as long.
        if text.count > Self.maximumBytes {
            text.removeSubrange(start...)
            drop(.tooLong)
        } else {
            members += 1
        }
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

    private mutating func drop(_ reached: HeaderFault) {
        if limit == nil { limit = reached }
        droppedMembers += 1
    }

    /// Appends a member without the white space around its parts. Returns false if the member is faulty.
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
