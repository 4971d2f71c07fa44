internal import ContextLog

/// Log fields as OTLP attributes.
///
/// Specification: [OTLP, common.proto, KeyValue and
/// AnyValue](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto).
extension ByteWriter {
    /// Appends `{"key":…,"value":…}` and a comma for each member, if no member of a later group has its name.
    ///
    /// - Parameter groups: Members as ``RenderedFields`` has them, each with one byte in front.
    mutating func append(attributes groups: [[UInt8]]) {
        for (index, group) in groups.enumerated() {
            group.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                append(members: UnsafeBufferPointer(start: start, count: bytes.count)) { name in
                    !groups[(index + 1)...].contains { Self.has(name, $0) }
                }
            }
        }
    }

    /// Appends an attribute with a text, and a comma.
    mutating func append(attribute name: StaticString, _ text: String) {
        append("{\"key\":\"")
        append(name)
        append("\",\"value\":{\"stringValue\":")
        append(quoting: text)
        append("}},")
    }

    /// Ends a list whose elements have commas behind them.
    mutating func endList() {
        if count > 0, (end - 1).pointee == UInt8(ascii: ",") { count -= 1 }
        append("]")
    }

    private static func has(_ name: UnsafeBufferPointer<UInt8>, _ group: [UInt8]) -> Bool {
        group.withUnsafeBufferPointer { bytes in
            var isFound = false
            forEachMember(bytes) { other, _ in
                if other.elementsEqual(name) { isFound = true }
            }
            return isFound
        }
    }

    private mutating func append(
        members bytes: UnsafeBufferPointer<UInt8>,
        where isIncluded: (UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        Self.forEachMember(bytes) { name, value in
            guard isIncluded(name) else { return }
            append("{\"key\":")
            append(name)
            append(",\"value\":")
            append(anyValue: value)
            append("},")
        }
    }

    /// Calls `body` with the name, in its quotes, and the value of each member. One byte comes before each name: a
    /// comma, or the brace of the object.
    private static func forEachMember(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard let base = bytes.baseAddress else { return }
        let scanner = JSONMemberScanner(bytes: base, end: bytes.count)
        var place = 0
        while place + 1 < bytes.count {
            let value = scanner.nameEnd(from: place)
            let end = scanner.valueEnd(from: value)
            body(
                UnsafeBufferPointer(rebasing: bytes[(place + 1)..<(value - 1)]),
                UnsafeBufferPointer(rebasing: bytes[value..<end])
            )
            place = end
        }
    }

    private mutating func append(anyValue json: UnsafeBufferPointer<UInt8>) {
        switch json.first {
        case UInt8(ascii: "\""):
            append("{\"stringValue\":")
            append(json)
            append("}")
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            append("{\"boolValue\":")
            append(json)
            append("}")
        case UInt8(ascii: "{"):
            append("{\"kvlistValue\":{\"values\":[")
            append(members: UnsafeBufferPointer(rebasing: json.dropLast())) { _ in true }
            endList()
            append("}}")
        case UInt8(ascii: "["):
            append("{\"arrayValue\":{\"values\":[")
            append(elements: UnsafeBufferPointer(rebasing: json.dropLast()))
            endList()
            append("}}")
        case nil, UInt8(ascii: "n"):
            append("{}")
        default:
            append(number: json)
        }
    }

    private mutating func append(elements bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        let scanner = JSONMemberScanner(bytes: base, end: bytes.count)
        // One byte comes before each element: the bracket or a comma.
        var place = 1
        while place < bytes.count {
            let end = scanner.valueEnd(from: place)
            append(anyValue: UnsafeBufferPointer(rebasing: bytes[place..<end]))
            append(",")
            place = end + 1
        }
    }

    /// OTLP has 64-bit integers. An integer that is larger stays exact as a text.
    private mutating func append(number json: UnsafeBufferPointer<UInt8>) {
        let isWhole = json.allSatisfy { $0 == UInt8(ascii: "-") || 48...57 ~= $0 }
        if !isWhole {
            append("{\"doubleValue\":")
            append(json)
            append("}")
            return
        }
        let fits = Int64(String(decoding: json, as: UTF8.self)) != nil
        append(fits ? "{\"intValue\":\"" : "{\"stringValue\":\"")
        append(json)
        append("\"}")
    }
}
