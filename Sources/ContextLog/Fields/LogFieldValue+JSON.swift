package import ContextPropagation

extension LogFieldValue {
    /// Reads JSON (RFC 8259); nil where it is not well-formed or nests more than 128 deep.
    public init?(json: Span<UInt8>) {
        let value = json.withUnsafeBufferPointer { bytes -> LogFieldValue? in
            var reader = JSONReader(bytes: bytes, depthLimit: 128)
            return reader.document()
        }
        guard let value else { return nil }
        self = value
    }

    /// The members of an object that was written here, however deep it nests.
    static func members(of json: Span<UInt8>) -> [Member] {
        let value = json.withUnsafeBufferPointer { bytes -> LogFieldValue? in
            var reader = JSONReader(bytes: bytes, depthLimit: .max)
            return reader.document()
        }
        guard case .object(let members) = value else { return [] }
        return members
    }
}

extension LogFieldValue: CustomStringConvertible {
    /// As JSON.
    public var description: String {
        var bytes = ByteWriter(capacity: 64)
        append(to: &bytes)
        return String(decoding: bytes.array(), as: UTF8.self)
    }

    /// Appends it for people: a text without quotes, all else as JSON; escaped so that it cannot begin a line.
    package func append(textTo bytes: inout ByteWriter) {
        if case .string(let text) = self {
            bytes.append(escaping: text)
        } else {
            append(to: &bytes)
        }
    }

    private func append(to bytes: inout ByteWriter) {
        switch self {
        case .null: bytes.append("null")
        case .bool(let value): bytes.append(utf8: value.description)
        case .integer(let value): bytes.append(decimal: value)
        case .bigInteger(let digits): bytes.append(utf8: digits)
        case .double(let value): bytes.append(json: value)
        case .string(let text): bytes.append(quoting: text)
        case .array(let elements):
            bytes.append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(",") }
                element.append(to: &bytes)
            }
            bytes.append("]")
        case .object(let members):
            bytes.append("{")
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(",") }
                bytes.append(quoting: member.name)
                bytes.append(":")
                member.value.append(to: &bytes)
            }
            bytes.append("}")
        }
    }
}
