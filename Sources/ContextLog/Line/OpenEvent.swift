internal import CShims
internal import ContextPropagation

/// An event whose fields are being written. It ends when it is delivered to the backend.
///
/// The buffer holds a header in front of the event's fields, with the time and the object that the event interrupts.
@usableFromInline
package struct OpenEvent: ~Copyable {
    private struct Header {
        var seconds: Int
        var nanoseconds: Int
        var outer: LineBuffer.OpenObject

        static var size: Int { MemoryLayout<Header>.size }
    }

    /// Sets the event's fields.
    @usableFromInline package var fields: LogFields

    /// Opens an event on this thread, with the current time.
    @usableFromInline
    package init() {
        let buffer = LineBuffer.current
        let place = UnsafeMutableRawPointer(buffer.pointee.bytes.place(512))
        let now = cshims_now()
        place.storeBytes(
            of: Header(
                seconds: Int(now.seconds),
                nanoseconds: Int(now.nanoseconds),
                outer: buffer.pointee.object
            ),
            as: Header.self
        )
        buffer.pointee.bytes.count &+= Header.size
        fields = LogFields(buffer, serial: buffer.pointee.openObject(depth: 0))
    }

    /// Passes the event to the backend and ends it.
    ///
    /// - Parameters:
    ///   - log: The log whose label, fields and sampler the event has.
    ///   - message: The whole text.
    ///   - error: The error that the event reports.
    ///   - fileID: The source file as `#fileID` gives it.
    ///   - function: The function as `#function` gives it.
    ///   - line: The line in the source file.
    @usableFromInline
    package consuming func deliver(
        to log: Log,
        level: LogLevel,
        message: String,
        error: (any Error)?,
        fileID: StaticString,
        function: StaticString,
        line: UInt
    ) {
        deliver(
            to: log,
            level: level,
            message: message,
            error: error,
            fileID: UnsafeBufferPointer(start: fileID.utf8Start, count: fileID.utf8CodeUnitCount),
            function: UnsafeBufferPointer(start: function.utf8Start, count: function.utf8CodeUnitCount),
            line: line
        )
    }

    /// Passes the event to the backend and ends it. The bytes of file and function are UTF-8.
    @inline(__always)
    package consuming func deliver(
        to log: Log,
        level: LogLevel,
        message: String,
        error: (any Error)?,
        fileID: UnsafeBufferPointer<UInt8>,
        function: UnsafeBufferPointer<UInt8>,
        line: UInt
    ) {
        let buffer = fields.buffer
        if _slowPath(log.sampler != nil) { Self.addSuppressed(log, fields) }
        if _slowPath(buffer.pointee.needsFinish) { Self.finish(buffer, fields, log, fileID, line) }
        let start = buffer.pointee.object.start &- Header.size
        let header = UnsafeRawPointer(buffer.pointee.bytes.base + start).loadUnaligned(as: Header.self)
        var event = Log.Event(
            buffer: buffer,
            fieldsStart: buffer.pointee.object.start,
            fieldsEnd: buffer.pointee.bytes.count,
            signatures: buffer.pointee.object.signatures,
            seconds: header.seconds,
            nanoseconds: header.nanoseconds,
            level: level,
            line: line,
            record: log.record,
            logFields: log.fields.map { Unmanaged.passUnretained($0) },
            contextStorage: LogContext.currentStorage,
            messageUTF8: UnsafeBufferPointer(start: nil, count: 0),
            fileIDUTF8: fileID,
            functionUTF8: function
        )
        let delivered: Void? = message.utf8.withContiguousStorageIfAvailable { message in
            event.messageUTF8 = message
            Self.log(&event, error)
        }
        if delivered == nil {
            // Linux has no such strings: the system would have to bridge them from another type.
            Array(message.utf8).withUnsafeBufferPointer { message in
                event.messageUTF8 = message
                Self.log(&event, error)
            }
        }
        // The backend may have logged, and the buffer may have moved.
        let outer = UnsafeRawPointer(buffer.pointee.bytes.base + start).loadUnaligned(as: Header.self).outer
        buffer.pointee.bytes.count = start
        buffer.pointee.object = outer
        buffer.pointee.shrink()
    }

    @inline(__always)
    private static func log(_ event: inout Log.Event, _ error: (any Error)?) {
        if _slowPath(error != nil) {
            withUnsafePointer(to: error) { pointer in
                event.errorPointer = pointer
                LogBackends.log(event)
            }
        } else {
            LogBackends.log(event)
        }
    }

    @inline(never)
    private static func finish(
        _ buffer: UnsafeMutablePointer<LineBuffer>,
        _ fields: borrowing LogFields,
        _ log: Log,
        _ fileID: UnsafeBufferPointer<UInt8>,
        _ line: UInt
    ) {
        buffer.pointee.finishFields(fields)
        guard buffer.pointee.object.omissions.isMisuse else { return }
        Misuse.report("\(String(decoding: fileID, as: UTF8.self)):\(line)", logger: log.label)
    }

    @inline(never)
    private static func addSuppressed(_ log: Log, _ fields: borrowing LogFields) {
        guard let count = log.sampler?.takeSuppressed(), count > 0 else { return }
        fields.suppressed = count
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
            // The number itself must fit, also on a line that is full.
            _ = bytes.place(64)
            fields.dropped_values = object.omissions.count
        }
        closeIndex()
    }
}
