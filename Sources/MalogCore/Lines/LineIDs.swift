internal import CMalogScan

/// The IDs of a line, in any schema. The bytes are valid as long as the line's memory.
///
/// An ID that the line does not have, or has as `"N/A"`, is nil.
struct LineIDs {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    var trace: Bytes?
    /// Whether ``trace`` is one of Datadog's, which may be a decimal number. A correlation ID is not, even if it has
    /// only digits.
    var isDatadogTrace = false
    var execution: Bytes?
    var task: Bytes?
    var span: Bytes?
    var flags: Bytes?
    /// The parent of the span.
    var parent: Bytes?
    /// Whether the span and its parent have the form of Datadog: decimal numbers.
    var hasDatadogSpan = false
    /// Whether a label is not a string.
    var hasOtherLabel = false

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
            hasDatadogSpan = true
            trace = Self.id(reader, .datadogTrace)
            isDatadogTrace = trace != nil
            if trace == nil { trace = Self.id(reader, .correlationID) }
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
            if value.type != .string { hasOtherLabel = true }
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
            if value.type != .string { hasOtherLabel = true }
        }
    }

    @inline(__always)
    private static func id(_ reader: borrowing LineReader, _ key: LineKey) -> Bytes? {
        guard reader.keys.contains(LineKeys(key)) else { return nil }
        let bytes = reader.bytes(key)
        return bytes.count == 3 && bytes.equals("N/A") ? nil : bytes
    }

    // MARK: Texts

    /// The text of an ID, which may have escapes.
    static func text(_ id: Bytes) -> String {
        guard let base = id.baseAddress else { return "" }
        // The search ends at the line feed at the latest.
        let isPlain = cmalog_end_of_plain(base) >= base + id.count
        return JSONText.string(id, hasEscapes: !isPlain && id.contains(JSONScanner.backslash))
    }

    /// Whether the text of the ID begins with this one or, with `isWhole`, is this one.
    static func matches(_ id: Bytes?, _ text: some Collection<UInt8>, isWhole: Bool = false) -> Bool {
        guard let id else { return false }
        var index = 0
        for byte in text {
            guard index < id.count else { return false }
            if id[index] == JSONScanner.backslash {
                let decoded = self.text(id).utf8
                return isWhole ? decoded.elementsEqual(text) : decoded.starts(with: text)
            }
            if id[index] != byte { return false }
            index += 1
        }
        return !isWhole || index == id.count
    }

    /// Whether the trace, as ma-logger's own lines have it, begins with this text or, with `isWhole`, is this text.
    func matchesTrace(_ text: some Collection<UInt8>, isWhole: Bool = false) -> Bool {
        guard isDatadogTrace, trace?.count != 32, let trace = traceText?.utf8 else {
            return Self.matches(trace, text, isWhole: isWhole)
        }
        return isWhole ? trace.elementsEqual(text) : trace.starts(with: text)
    }

    var executionText: String? { execution.map { Self.text($0) } }
    var taskText: String? { task.map { Self.text($0) } }

    /// The trace as ma-logger's own lines have it.
    var traceText: String? {
        guard let trace else { return nil }
        guard isDatadogTrace, trace.count != 32, let number = IDForm.number(trace) else { return Self.text(trace) }
        return String(repeating: "0", count: 16) + Self.hex(number)
    }

    /// A number that is the same for one trace in all schemas, and that differs between any two traces with high
    /// probability. It is 0 without a trace.
    @inline(__always)
    var traceHash: UInt64 {
        guard let trace else { return 0 }
        guard isDatadogTrace, trace.count != 32, let number = IDForm.number(trace) else { return IDForm.hash(trace) }
        return IDForm.hash(ofTrace: number)
    }

    /// The span as ma-logger's own lines have it.
    var spanText: String? { spanText(span) }

    /// The parent of the span as ma-logger's own lines have it.
    var parentText: String? { spanText(parent) }

    private func spanText(_ id: Bytes?) -> String? {
        guard let id else { return nil }
        guard hasDatadogSpan, let number = IDForm.number(id) else { return String(decoding: id, as: UTF8.self) }
        return Self.hex(number)
    }

    static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
