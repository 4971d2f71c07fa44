internal import ContextLog
internal import ContextPropagation

/// Writes a span as a line of OTLP/JSON: one `TracesData` object with one span.
///
/// Specification: [OpenTelemetry, OTLP file
/// exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/), and
/// [OTLP, JSON encoding](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): IDs in hex digits, 64-bit
/// integers as texts.
struct OTLPSpanFormat {
    /// The line up to the scope's name.
    private let beginning: [UInt8]
    private let redactor: FieldRedactor?

    init(serviceName: String, redactor: FieldRedactor? = nil) {
        self.redactor = redactor
        var bytes = ByteWriter(capacity: 256)
        bytes.append("{\"resourceSpans\":[{\"resource\":{\"attributes\":[")
        bytes.append(attribute: "service.name", serviceName)
        bytes.append(attribute: "telemetry.sdk.language", "swift")
        bytes.append(attribute: "telemetry.sdk.name", "ma-logger")
        bytes.endList()
        bytes.append("},\"scopeSpans\":[{\"scope\":{\"name\":")
        beginning = bytes.array()
    }

    /// The line with its line feed. Nil if the context has no trace or no span.
    func line(_ span: FinishedSpan) -> [UInt8]? {
        guard let traceID = span.context.traceID, let spanID = span.context.spanID else { return nil }
        var bytes = ByteWriter(capacity: 1024)
        beginning.withUnsafeBufferPointer { bytes.append($0) }
        bytes.append(quoting: span.scope)
        bytes.append("},\"spans\":[{")
        append(traceID, spanID, span.context.traceState, span.context.traceFlags, to: &bytes)
        if let parent = span.parent {
            bytes.append(",\"parentSpanId\":")
            bytes.append(quoting: parent.description)
        }
        bytes.append(",\"name\":")
        bytes.append(quoting: span.name)
        bytes.append(",\"kind\":")
        bytes.append(decimal: span.kind.rawValue)
        bytes.append(",\"startTimeUnixNano\":\"")
        bytes.append(decimal: UInt(span.start))
        bytes.append("\",\"endTimeUnixNano\":\"")
        bytes.append(decimal: UInt(span.end))
        bytes.append("\"")
        appendAttributes(span, to: &bytes)
        appendLinks(span.links, to: &bytes)
        if let error = span.error { append(error, at: span.end, to: &bytes) }
        bytes.append("}]}]}]}\n")
        return bytes.array()
    }

    private func append(
        _ traceID: TraceID,
        _ spanID: SpanID,
        _ traceState: TraceState?,
        _ flags: TraceFlags,
        to bytes: inout ByteWriter
    ) {
        bytes.append("\"traceId\":")
        bytes.append(quoting: traceID.description)
        bytes.append(",\"spanId\":")
        bytes.append(quoting: spanID.description)
        if let traceState {
            bytes.append(",\"traceState\":")
            bytes.append(quoting: traceState.description)
        }
        bytes.append(",\"flags\":")
        bytes.append(decimal: UInt(flags.rawValue))
    }

    private func appendAttributes(_ span: FinishedSpan, to bytes: inout ByteWriter) {
        bytes.append(",\"attributes\":[")
        // The last group counts, so that no field passes for an attribute of the span itself.
        bytes.append(attributes: span.attributes.map { redacted($0.bytes) } + [ownMembers(span)])
        bytes.endList()
    }

    /// The attributes that the span has itself, as the members of a group.
    private func ownMembers(_ span: FinishedSpan) -> [UInt8] {
        var members = ByteWriter(capacity: 256)
        if let executionID = span.context.executionID { members.append("execution_id", string: executionID) }
        if let taskID = span.context.taskID { members.append("task_id", string: taskID) }
        if let source = span.source {
            // https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
            members.append("code.file.path", string: "\(source.fileID)")
            members.append("code.function.name", string: "\(source.function)")
            members.append(memberKey: "code.line.number")
            members.append(decimal: source.line)
        }
        return members.array()
    }

    /// Returns members without the values that `LOG_REDACT` names.
    private func redacted(_ members: [UInt8]) -> [UInt8] {
        guard let redactor else { return members }
        var object = ByteWriter(capacity: members.count + 64)
        object.append(object: members)
        redactor.redact(&object, from: 0)
        return object.array().dropLast()
    }

    private func appendLinks(_ links: [TraceParent], to bytes: inout ByteWriter) {
        if links.isEmpty { return }
        bytes.append(",\"links\":[")
        for link in links {
            bytes.append("{")
            append(link.traceID, link.spanID, nil, link.traceFlags, to: &bytes)
            bytes.append("},")
        }
        bytes.endList()
    }

    /// Specification: [OpenTelemetry, Exceptions on
    /// spans](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
    private func append(_ error: any Error, at time: UInt64, to bytes: inout ByteWriter) {
        let error = RedactedError(error, redactor)
        var members = ByteWriter(capacity: 256)
        members.append(exception: error)
        bytes.append(",\"events\":[{\"timeUnixNano\":\"")
        bytes.append(decimal: UInt(time))
        bytes.append("\",\"name\":\"exception\",\"attributes\":[")
        bytes.append(attributes: [members.array()])
        bytes.endList()
        bytes.append("}],\"status\":{\"code\":2,\"message\":")
        bytes.append(quoting: error.message)
        bytes.append("}")
    }
}
