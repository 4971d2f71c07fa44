internal import CMALoggerShims
internal import ContextPropagation

/// An event whose fields are being written. It ends when it is delivered to the backend.
@usableFromInline
package struct OpenEvent: ~Copyable {
    /// Sets the event's fields.
    @usableFromInline package var fields: LogFields

    /// Opens an event on this thread, with the current time. The texts are UTF-8, and must live until the event ends.
    ///
    /// - Parameters:
    ///   - fileID: The source file as `#fileID` gives it.
    ///   - function: The function as `#function` gives it.
    ///   - line: The line in the source file.
    @usableFromInline
    @inline(never)
    init(
        _ level: LogLevel,
        _ fileID: UnsafePointer<UInt8>?,
        _ fileIDCount: Int,
        _ function: UnsafePointer<UInt8>?,
        _ functionCount: Int,
        _ line: LineNumber
    ) {
        let buffer = LineBuffer.inlinedCurrent
        let outer = buffer.pointee.event
        let record = outer.pointee.inner ?? EventRecord.make(in: buffer, after: outer)
        buffer.pointee.event = record
        malogc_read_clock(&record.pointee.time)
        record.pointee.level = level
        record.pointee.line = line
        record.pointee.fileID = UnsafeBufferPointer(start: fileID, count: fileIDCount)
        record.pointee.function = UnsafeBufferPointer(start: function, count: functionCount)
        record.pointee.outerObject = buffer.pointee.object
        record.pointee.start = buffer.pointee.bytes.count
        // Most events need no more room.
        buffer.pointee.bytes.end = buffer.pointee.bytes.place(EventRecord.gap &+ 512) + EventRecord.gap
        fields = LogFields(buffer, serial: buffer.pointee.openObject(depth: 0))
    }

    /// Opens an event whose place is known only at run time.
    package init(
        _ level: LogLevel,
        _ fileID: UnsafeBufferPointer<UInt8>,
        _ function: UnsafeBufferPointer<UInt8>,
        line: UInt
    ) {
        self.init(level, fileID.baseAddress, fileID.count, function.baseAddress, function.count, LineNumber(line))
    }

    /// Opens an event whose place is known in the source.
    @inlinable
    @inline(__always)
    package init(_ level: LogLevel, fileID: StaticString, function: StaticString, line: UInt) {
        self.init(
            level,
            fileID.utf8Start,
            fileID.utf8CodeUnitCount,
            function.utf8Start,
            function.utf8CodeUnitCount,
            LineNumber(line)
        )
    }

    /// Passes the event to the backend and ends it.
    ///
    /// - Parameters:
    ///   - log: The log whose label, fields and sampler the event has.
    ///   - message: The whole text.
    ///   - error: The error that the event reports.
    @inlinable
    @inline(__always)
    package consuming func deliver(to log: Log, message: String, error: (any Error)?) {
        if _slowPath(log.sampler != nil) { addSuppressed(log) }
        Self.deliver(fields._buffer, log.record, log.fields, message, error)
    }

    /// Passes the event to `body` instead of the installed backend, and ends it.
    ///
    /// - Parameter log: The log whose label and fields the event has.
    package consuming func deliver(to log: Log, message: String, _ body: (borrowing Log.Event) -> Void) {
        let buffer = fields._buffer.assumingMemoryBound(to: LineBuffer.self)
        let record = Self.complete(buffer, log.record, log.fields)
        var message = message
        message.makeContiguousUTF8()
        withExtendedLifetime(message) {
            _ = Self.setMessage(record, message)
            body(Log.Event(record))
        }
        Self.end(record)
        buffer.pointee.shrink()
    }

    @inline(never)
    @usableFromInline
    func addSuppressed(_ log: Log) {
        guard let count = log.sampler?.takeSuppressed(), count > 0 else { return }
        fields.suppressed = count
    }

    /// It has no more parameters than there are registers for them.
    ///
    /// - Parameter buffer: The thread's `LineBuffer`.
    @usableFromInline
    @inline(never)
    static func deliver(
        _ buffer: UnsafeMutableRawPointer,
        _ label: UnsafePointer<LogLabel>,
        _ logFields: RenderedFields?,
        _ message: String,
        _ error: (any Error)?
    ) {
        // A processor mispredicts the function returns that follow a system call. So the call is here, and not in the
        // functions of the backend.
        let line = render(buffer.assumingMemoryBound(to: LineBuffer.self), label, logFields, message, error)
        if line.isWritten { return }
        let written = malogc_write(line.descriptor, line.bytes, line.count)
        if written != line.count || line.needsFinish { LogBackends.finish(line, written) }
    }

    /// Passes the event to the backend, and ends it unless the backend leaves a line to write. Then it has ended also,
    /// and the bytes of the line stay in the buffer until the thread logs again.
    @inline(never)
    private static func render(
        _ buffer: UnsafeMutablePointer<LineBuffer>,
        _ label: UnsafePointer<LogLabel>,
        _ logFields: RenderedFields?,
        _ message: String,
        _ error: (any Error)?
    ) -> UnwrittenLine {
        let record = complete(buffer, label, logFields)
        guard _fastPath(error == nil) else { return render(record, message, error) }
        return render(record, message)
    }

    /// Ends the fields of the innermost event, and sets everything but its message and its error.
    @inline(__always)
    private static func complete(
        _ buffer: UnsafeMutablePointer<LineBuffer>,
        _ label: UnsafePointer<LogLabel>,
        _ logFields: RenderedFields?
    ) -> UnsafeMutablePointer<EventRecord> {
        let record = buffer.pointee.event
        if _slowPath(buffer.pointee.needsFinish) { finish(record, label) }
        record.pointee.fieldsStart = buffer.pointee.object.start
        record.pointee.fieldsEnd = buffer.pointee.bytes.count
        record.pointee.signatures = buffer.pointee.object.signatures
        record.pointee.label = label
        record.pointee.logFields = logFields.map { Unmanaged.passUnretained($0) }
        record.pointee.contextStorage = LogContext.currentStorage(key: buffer.pointee.contextKey)
        return record
    }

    /// Ends the innermost event. Its line stays in the buffer until the thread logs again.
    @inline(__always)
    private static func end(_ record: UnsafeMutablePointer<EventRecord>) {
        // The backend may have logged, and the buffer may have moved.
        let buffer = record.pointee.buffer
        buffer.pointee.bytes.count = record.pointee.start
        buffer.pointee.object = record.pointee.outerObject
        buffer.pointee.event = record.pointee.outer.unsafelyUnwrapped
    }

    @inline(never)
    private static func render(
        _ record: UnsafeMutablePointer<EventRecord>,
        _ message: String,
        _ error: (any Error)?
    ) -> UnwrittenLine {
        withUnsafePointer(to: error) { pointer in
            record.pointee.error = pointer
            defer { record.pointee.error = nil }
            return render(record, message)
        }
    }

    @inline(__always)
    private static func render(_ record: UnsafeMutablePointer<EventRecord>, _ message: String) -> UnwrittenLine {
        let isSet = setMessage(record, message)
        let line = _fastPath(isSet) ? LogBackends.log(Log.Event(record)) : renderBridged(record, message)
        end(record)
        if line.isWritten { record.pointee.buffer.pointee.shrink() }
        return line
    }

    /// Sets the message. False if the string has no UTF-8 in memory. The caller keeps the string until the event ends.
    @inline(__always)
    private static func setMessage(_ record: UnsafeMutablePointer<EventRecord>, _ message: String) -> Bool {
        // Swift counts a reference to the string if other code runs in this closure. The caller keeps the string, so
        // its bytes stay where they are. Those of a short string are in the string itself.
        let isSet: Void? = message.utf8.withContiguousStorageIfAvailable { bytes in
            guard let start = bytes.baseAddress, bytes.count < 16 else {
                record.pointee.message = bytes
                return
            }
            let words = record.shortMessage
            malogc_copy_short(words, start, bytes.count)
            record.pointee.message = UnsafeBufferPointer(
                start: UnsafeRawPointer(words).assumingMemoryBound(to: UInt8.self),
                count: bytes.count
            )
        }
        return isSet != nil
    }

    /// Linux has no such strings: the system would have to bridge them from another type.
    @inline(never)
    private static func renderBridged(
        _ record: UnsafeMutablePointer<EventRecord>,
        _ message: String
    ) -> UnwrittenLine {
        Array(message.utf8).withUnsafeBufferPointer { message in
            record.pointee.message = message
            return LogBackends.log(Log.Event(record))
        }
    }

    @inline(never)
    private static func finish(_ record: UnsafeMutablePointer<EventRecord>, _ label: UnsafePointer<LogLabel>) {
        let buffer = record.pointee.buffer
        buffer.pointee.finishFields(LogFields(buffer, serial: buffer.pointee.object.serial))
        guard buffer.pointee.object.omissions.isMisuse else { return }
        let file = String(decoding: record.pointee.fileID, as: UTF8.self)
        Misuse.report("\(file):\(record.pointee.line.value)", logger: label.pointee.name)
    }
}

extension LineBuffer {
    /// Whether ``finishFields(_:)`` has something to do.
    @inline(__always)
    var needsFinish: Bool { object.signatures == .max || !object.omissions.isEmpty }

    /// Ends the fields of an event or of a scope. It adds the number of omitted values, and closes the index of the
    /// names.
    @inline(never)
    mutating func finishFields(_ fields: borrowing LogFields) {
        if object.omissions.count != 0 {
            // The number itself must fit, even on a line that is full.
            _ = bytes.place(64)
            fields.dropped_values = object.omissions.count
        }
        closeIndex()
    }
}

extension UnsafeMutablePointer<EventRecord> {
    /// The place of ``EventRecord/shortMessage``.
    ///
    /// The pointer is valid as long as the record, because the property is stored in it. A key path would give the same
    /// place, but without optimization the runtime makes it under a lock, at which a forked child can wait for ever.
    @inline(__always)
    fileprivate var shortMessage: UnsafeMutablePointer<UInt64> {
        withUnsafeMutablePointer(to: &pointee.shortMessage.0) { $0 }
    }
}
