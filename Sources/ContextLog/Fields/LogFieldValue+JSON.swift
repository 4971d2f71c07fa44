extension LogFieldValue {
    /// The nesting that is read and written. It protects the stack from values of outside.
    static var depthLimit: Int { 128 }

    /// Reads JSON. The result is nil if it is not well-formed or nests more than 128 deep.
    ///
    /// Specification: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259).
    public init?(json: Span<UInt8>) {
        let value = json.withUnsafeBufferPointer { bytes -> LogFieldValue? in
            var reader = JSONReader(bytes: bytes)
            return reader.document()
        }
        guard let value else { return nil }
        self = value
    }
}

extension LogFieldValue: CustomStringConvertible {
    /// The value as JSON. A value that nests more than 128 deep has the text `…` at that depth.
    public var description: String {
        var bytes = ByteWriter(capacity: 64)
        append(to: &bytes, depth: 0)
        return String(decoding: bytes.array(), as: UTF8.self)
    }

    /// Appends the value for people: a text without quotes, and every other value as JSON.
    func append(textTo bytes: inout ByteWriter) {
        if case .string(let text) = self {
            bytes.append(escaping: text)
        } else {
            append(to: &bytes, depth: 0)
        }
    }

    /// Appends the value as JSON.
    package func append(to bytes: inout ByteWriter) {
        append(to: &bytes, depth: 0)
    }

    private func append(to bytes: inout ByteWriter, depth: Int) {
        switch self {
        case .null: bytes.append("null")
        case .bool(let value): bytes.append(utf8: value.description)
        case .integer(let value): bytes.append(decimal: value)
        case .bigInteger(let digits): bytes.append(utf8: digits)
        case .double(let value): bytes.append(json: value)
        case .string(let text): bytes.append(quoting: text)
        case .array, .object:
            if depth < Self.depthLimit - 1 {
                append(nestedTo: &bytes, depth: depth + 1)
            } else {
                bytes.append("\"…\"")
            }
        }
    }

    private func append(nestedTo bytes: inout ByteWriter, depth: Int) {
        if case .array(let elements) = self {
            bytes.append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(",") }
                element.append(to: &bytes, depth: depth)
            }
            bytes.append("]")
        } else if case .object(let members) = self {
            bytes.append("{")
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(",") }
                bytes.append(quoting: member.name)
                bytes.append(":")
                member.value.append(to: &bytes, depth: depth)
            }
            bytes.append("}")
        }
    }
}
