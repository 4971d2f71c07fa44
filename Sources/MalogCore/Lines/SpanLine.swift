/// A span of an OTLP/JSON line, as long as the line's memory is valid.
struct SpanLine {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The attributes of the resource: an array.
    var resourceAttributes: JSONValue?
    var traceID: Bytes?
    var spanID: Bytes?
    var parentID: Bytes?
    var name: JSONValue?
    var kind: JSONValue?
    var start: JSONValue?
    var end: JSONValue?
    var attributes: JSONValue?
    var status: JSONValue?

    /// Calls `body` with each span of the array `resourceSpans`, whose JSON is valid.
    static func forEachSpan(_ resourceSpans: Bytes, _ body: (SpanLine) -> Void) {
        JSONText.forEachElement(resourceSpans) { resource in
            var span = SpanLine()
            span.resourceAttributes = resource.member("resource")?.member("attributes")
            resource.member("scopeSpans")?.forEachElement { scope in
                scope.member("spans")?.forEachElement { value in
                    guard value.type == .object else { return }
                    var span = span
                    span.read(value)
                    body(span)
                }
            }
        }
    }

    private mutating func read(_ object: JSONValue) {
        JSONText.forEachMember(object.bytes) { key, value in
            if key.equals("traceId") { traceID = value.type == .string ? value.bytes : nil }
            if key.equals("spanId") { spanID = value.type == .string ? value.bytes : nil }
            if key.equals("parentSpanId"), value.type == .string, !value.bytes.isEmpty { parentID = value.bytes }
            if key.equals("name") { name = value }
            if key.equals("kind") { kind = value }
            if key.equals("startTimeUnixNano") { start = value }
            if key.equals("endTimeUnixNano") { end = value }
            if key.equals("attributes") { attributes = value }
            if key.equals("status") { status = value }
        }
    }

    /// The value of an attribute of the span that is a text and not empty.
    func attribute(_ name: StaticString) -> JSONValue? {
        var found: JSONValue?
        attributes?.forEachElement { attribute in
            guard found == nil, attribute.member("key")?.bytes.equals(name) == true,
                let text = attribute.member("value")?.member("stringValue"), text.type == .string, !text.bytes.isEmpty
            else { return }
            found = text
        }
        return found
    }

    /// Calls `body` with each attribute of an OTLP array of attributes: its name and its value as text.
    static func forEachAttribute(_ attributes: JSONValue?, _ body: (String, String) -> Void) {
        attributes?.forEachElement { attribute in
            guard let name = attribute.member("key")?.text, let value = attribute.member("value") else { return }
            body(name, text(value))
        }
    }

    private static func text(_ value: JSONValue) -> String {
        guard value.type == .object else { return value.text }
        var text: String?
        // The object has one member, whose name tells the type.
        JSONText.forEachMember(value.bytes) { if text == nil { text = $1.text } }
        return text ?? ""
    }
}
