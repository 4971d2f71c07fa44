/// The IDs of a line, in any schema. The bytes are valid as long as the line's memory.
///
/// An ID that the line does not have, or has as `"N/A"`, is nil.
struct LineIDs {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    var trace: Bytes?
    var execution: Bytes?
    var task: Bytes?
    var span: Bytes?
    var flags: Bytes?
    /// The parent of the span.
    var parent: Bytes?
    /// Whether the trace and the span have the forms of Datadog, which include decimal numbers.
    var areDatadogs = false

    @inline(__always)
    init(_ reader: borrowing LineReader) {
        switch reader.schema {
        case .otel?:
            trace = Self.id(reader, .traceID)
            execution = Self.id(reader, .executionID)
            task = Self.id(reader, .taskID)
            span = Self.id(reader, .spanID)
            flags = Self.id(reader, .traceFlags)
            parent = Self.id(reader, .parentSpanID)
        case .ecs?: readElastic(reader)
        case .gcp?: readGoogle(reader)
        case .datadog?:
            areDatadogs = true
            trace = Self.id(reader, .datadogTrace) ?? Self.id(reader, .correlationID)
            span = Self.id(reader, .datadogSpan)
            execution = Self.id(reader, .executionID)
            task = Self.id(reader, .taskID)
            flags = Self.id(reader, .traceFlags)
            parent = Self.id(reader, .parentSpanID)
        case .spans?, nil: break
        }
    }

    private mutating func readElastic(_ reader: borrowing LineReader) {
        trace = Self.id(reader, .elasticTrace)
        span = Self.id(reader, .elasticSpan)
        guard reader.range(.elasticLabels).type == .object else { return }
        JSONText.forEachMember(reader.bytes(.elasticLabels)) { name, value in
            if name.equals("execution_id") { execution = value.bytes }
            if name.equals("task_id") { task = value.bytes }
            if name.equals("trace_flags") { flags = value.bytes }
            if name.equals("parent_span_id") { parent = value.bytes }
        }
    }

    private mutating func readGoogle(_ reader: borrowing LineReader) {
        span = Self.id(reader, .googleSpan)
        guard reader.range(.googleLabels).type == .object else { return }
        JSONText.forEachMember(reader.bytes(.googleLabels)) { name, value in
            if name.equals("trace_id") { trace = value.bytes }
            if name.equals("execution_id") { execution = value.bytes }
            if name.equals("task_id") { task = value.bytes }
            if name.equals("parent_span_id") { parent = value.bytes }
        }
    }

    @inline(__always)
    private static func id(_ reader: borrowing LineReader, _ key: LineKey) -> Bytes? {
        guard reader.keys.contains(LineKeys(key)) else { return nil }
        let bytes = reader.bytes(key)
        return bytes.count == 3 && bytes.equals("N/A") ? nil : bytes
    }

    // MARK: Texts

    /// The trace as ma-logger's own lines have it.
    var traceText: String? {
        guard let trace else { return nil }
        let text = String(decoding: trace, as: UTF8.self)
        guard areDatadogs, trace.count != 32, let number = UInt64(text) else { return text }
        return String(repeating: "0", count: 16) + Self.hex(number)
    }

    /// The span as ma-logger's own lines have it.
    var spanText: String? { spanText(span) }

    /// The parent of the span as ma-logger's own lines have it.
    var parentText: String? { spanText(parent) }

    private func spanText(_ id: Bytes?) -> String? {
        guard let id else { return nil }
        let text = String(decoding: id, as: UTF8.self)
        guard areDatadogs, let number = UInt64(text) else { return text }
        return Self.hex(number)
    }

    static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
