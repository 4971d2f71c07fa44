internal import CMALoggerShims
public import ContextPropagation

extension Log {
    /// One line. A ``LogBackend`` receives it.
    ///
    /// The event is valid only during the call, and contains only pointers. Texts, the context and the error are made
    /// when the backend asks for them. Copy everything that you need after the call.
    public struct Event: ~Copyable {
        /// The thread's record of the event. It and every pointer in it are valid while the call runs: the thread owns
        /// the record, and the caller lends the rest.
        package let record: UnsafeMutablePointer<EventRecord>

        init(_ record: UnsafeMutablePointer<EventRecord>) {
            self.record = record
        }
    }
}

extension Log.Event {
    /// The severity of the line.
    public var level: LogLevel { record.pointee.level }

    /// The line of the source file.
    public var line: UInt { record.pointee.line.value }

    /// The time of the call, since 1970-01-01T00:00:00Z.
    public var timeSinceEpoch: Duration {
        Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(nanoseconds) * 1_000_000_000)
    }

    package var seconds: Int { Int(record.pointee.time.seconds) }
    package var nanoseconds: Int { Int(record.pointee.time.nanoseconds) }

    /// The whole text.
    public var message: String { String(decoding: messageUTF8, as: UTF8.self) }

    package var messageUTF8: UnsafeBufferPointer<UInt8> { record.pointee.message }

    /// The label of the `Log`.
    public var label: String { record.pointee.label.unsafelyUnwrapped.pointee.name }

    /// The source file as `#fileID` gives it.
    public var fileID: String { String(decoding: record.pointee.fileID, as: UTF8.self) }

    /// The function as `#function` gives it.
    public var function: String { String(decoding: record.pointee.function, as: UTF8.self) }

    /// The context in which the line was logged.
    public var context: LogContext {
        LogContext(storage: record.pointee.contextStorage.unsafelyUnwrapped.takeUnretainedValue())
    }

    /// The error that the line reports, or nil.
    public var error: (any Error)? { record.pointee.error?.pointee }

    /// Whether the line has a field.
    public var hasFields: Bool { record.pointee.fieldsEnd > record.pointee.fieldsStart || hasScopes }

    /// Whether the context or the log has fields.
    package var hasScopes: Bool {
        record.pointee.logFields != nil
            || record.pointee.contextStorage.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.fields != nil }
    }

    /// Calls `body` with the fields as one JSON object: the context's, the log's and the event's, each name once.
    /// Without fields, it is `{}`.
    ///
    /// The bytes are a copy, so `body` may log.
    public func withFields<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        try withFields(redactedBy: nil, body)
    }

    private func withFields<Result>(
        redactedBy redactor: FieldRedactor?,
        _ body: (Span<UInt8>) throws -> Result
    ) rethrows -> Result {
        let buffer = record.pointee.buffer
        let start = buffer.pointee.bytes.count
        appendFields(prefix: "", redactedBy: redactor)
        if buffer.pointee.bytes.count == start { buffer.pointee.bytes.append("{}") }
        let json = Array(
            UnsafeBufferPointer(start: buffer.pointee.bytes.base + start, count: buffer.pointee.bytes.count - start)
        )
        buffer.pointee.bytes.count = start
        return try body(json.span)
    }

    /// Calls `body` with the name and the value of each field, in their order.
    public func forEachField(_ body: (_ name: String, _ value: LogFieldValue) -> Void) {
        forEachField(redactedBy: nil, body)
    }

    /// Calls `body` with the name and the value of each field. Values that `redactor` covers are replaced.
    package func forEachField(
        redactedBy redactor: FieldRedactor?,
        _ body: (_ name: String, _ value: LogFieldValue) -> Void
    ) {
        withFields(redactedBy: redactor) { json in
            guard case .object(let members) = LogFieldValue(json: json) else { return }
            for member in members { body(member.name, member.value) }
        }
    }
}
