internal import ContextLog
internal import ContextPropagation

/// The keys of a JSON line, and the form of their values: one of the choices of `LOG_SCHEMA`.
///
/// Each function appends members with their comma in front. A line has the time, the level, the message, the label, the
/// place, the IDs, the fields in the object `attributes`, and the error, in this order.
protocol LineSchema: Sendable {
    /// The beginning of the line, up to the opening quote of the time.
    var timeKey: StaticString { get }

    func append(_ level: LogLevel, to bytes: inout ByteWriter)

    /// Appends the service and the label. It is called once for each label.
    func append(label: String, to bytes: inout ByteWriter)

    /// Appends the place in the source.
    func append(_ place: SourcePlace, to bytes: inout ByteWriter)

    /// Appends the IDs. It is called once for each context. The context has the parent of its span only if the
    /// settings ask for it.
    func append(_ context: LogContext.Parts, to bytes: inout ByteWriter)

    func append(_ error: RedactedError, to bytes: inout ByteWriter)
}

/// The place in the source from which a line was logged. The bytes are those of the event.
struct SourcePlace {
    let fileID: UnsafeBufferPointer<UInt8>
    let function: UnsafeBufferPointer<UInt8>
    let line: UInt
}
