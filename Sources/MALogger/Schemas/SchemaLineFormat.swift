internal import ContextLog
internal import ContextPropagation

/// Writes an event as a JSON object with the keys of any schema, and without the values that `LOG_REDACT` covers.
///
/// ``JSONLineFormat`` writes the lines of the default settings, because it is faster.
struct SchemaLineFormat: LineFormat {
    private let schema: any LineSchema
    private let redactor: FieldRedactor?
    /// Whether a line has the ID of the parent span.
    private let writesParent: Bool
    /// Identifies the renderings of this format.
    private let key = RenderingKey()

    init(_ schema: any LineSchema, redactor: FieldRedactor? = nil, writesParent: Bool = false) {
        self.schema = schema
        self.redactor = redactor
        self.writesParent = writesParent
    }

    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        let record = event.record
        let buffer = record.pointee.buffer
        let error = event.error.map { RedactedError($0, redactor) }
        let label = labelText(record.pointee.label.unsafelyUnwrapped, buffer)
        let identifiers = record.pointee.contextStorage.unsafelyUnwrapped._withUnsafeGuaranteedRef {
            identifierText($0, buffer)
        }

        // No code of the application runs from here on, so nothing else is written to the buffer.
        let start = buffer.pointee.bytes.count
        buffer.pointee.bytes.append(schema.timeKey)
        append(time: event, to: &buffer.pointee.bytes)
        schema.append(event.level, to: &buffer.pointee.bytes)
        buffer.pointee.bytes.append("message", string: event.messageUTF8)
        buffer.pointee.bytes.append(label)
        let place = SourcePlace(fileID: record.pointee.fileID, function: record.pointee.function, line: event.line)
        schema.append(place, to: &buffer.pointee.bytes)
        buffer.pointee.bytes.append(identifiers)
        event.appendFields(prefix: ",\"attributes\":", redactedBy: redactor)
        if let error { schema.append(error, to: &buffer.pointee.bytes) }
        buffer.pointee.bytes.append("}\n")
        let first = buffer.pointee.bytes.base + start
        return UnsafeBufferPointer(start: first, count: buffer.pointee.bytes.end - first)
    }

    /// Appends the time with six fraction digits, and its closing quote.
    private func append(time event: borrowing Log.Event, to bytes: inout ByteWriter) {
        let place = bytes.place(40)
        CalendarSecond(event.seconds).write(microseconds: event.nanoseconds / 1000, to: place)
        bytes.end = place + 26
        bytes.append("Z\"")
    }

    private func labelText(
        _ record: UnsafePointer<LogLabel>,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        record.pointee.renderings.rendering(for: key)
            ?? buffer.pointee.render(in: record.pointee.renderings, for: key) { bytes in
                schema.append(label: record.pointee.name, to: &bytes)
            }
    }

    private func identifierText(
        _ context: LogContext.Storage,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        context.renderings.rendering(for: key)
            ?? buffer.pointee.render(in: context.renderings, for: key) { bytes in
                var parts = context.parts
                if !writesParent { parts.parentSpanID = nil }
                schema.append(parts, to: &bytes)
            }
    }
}
