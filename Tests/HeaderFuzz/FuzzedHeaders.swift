public import ContextPropagation

/// Makes a list of headers from any bytes. A fuzzer can make every list this way, and people can read its findings.
///
///     traceparent:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
///     tracestate:a=1
///     tenant
///
/// Each line is a header. Its name ends at the first colon. A line without a colon has a null value. A backslash
/// escapes the next byte.
public struct FuzzedHeaders {
    public private(set) var fields: [HeaderField] = []

    public init(_ input: some Sequence<UInt8>) {
        var name: [UInt8] = []
        var value: [UInt8]?
        var isEscaped = false
        for byte in input {
            switch byte {
            case _ where isEscaped:
                isEscaped = false
                if value == nil { name.append(byte) } else { value?.append(byte) }
            case UInt8(ascii: "\\"):
                isEscaped = true
            case UInt8(ascii: ":") where value == nil:
                value = []
            case UInt8(ascii: "\n"):
                append(name, value)
                name = []
                value = nil
            default:
                if value == nil { name.append(byte) } else { value?.append(byte) }
            }
        }
        append(name, value)
    }

    private mutating func append(_ name: [UInt8], _ value: [UInt8]?) {
        guard !name.isEmpty || value != nil else { return }
        fields.append(HeaderField(name: String(decoding: name, as: UTF8.self), value: value))
    }
}
