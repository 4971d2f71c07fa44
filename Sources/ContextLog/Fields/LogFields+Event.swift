internal import CShims
internal import ContextPropagation

/// What the buffer holds in front of an event's fields. Events nest - a field's expression, a value's `write(to:)`, a
/// backend may log - so each begins at the buffer's end, keeps there what it interrupts, and cuts back to it.
struct EventHeader {
    var seconds: Int
    var nanoseconds: Int
    var outer: ThreadState.OpenObject
}

extension LogFields {
    /// Opens an event on this thread. The time of a line is the time of this.
    @usableFromInline
    package static func _open() -> LogFields {
        let thread = ThreadState.current
        let start = thread.pointee.bytes.count
        let place = UnsafeMutableRawPointer(thread.pointee.bytes.place(512))
        let now = cshims_now()
        let header = EventHeader(
            seconds: Int(now.seconds),
            nanoseconds: Int(now.nanoseconds),
            outer: thread.pointee.object
        )
        place.storeBytes(of: header, as: EventHeader.self)
        let fields = start &+ MemoryLayout<EventHeader>.size
        thread.pointee.bytes.count = fields
        thread.pointee.object = ThreadState.OpenObject(start: fields, signatures: 0)
        return LogFields(thread, start: start)
    }

    /// Hands the event to the backend and closes it.
    @usableFromInline
    package func _close(
        _ log: Log,
        _ level: LogLevel,
        _ message: String,
        _ error: (any Error)?,
        _ file: StaticString,
        _ function: StaticString,
        _ line: UInt
    ) {
        let file = UnsafeBufferPointer(start: file.utf8Start, count: file.utf8CodeUnitCount)
        let function = UnsafeBufferPointer(start: function.utf8Start, count: function.utf8CodeUnitCount)
        _close(log, level, message, error, file, function, line)
    }

    @inline(__always)
    package func _close(
        _ log: Log,
        _ level: LogLevel,
        _ message: String,
        _ error: (any Error)?,
        _ file: UnsafeBufferPointer<UInt8>,
        _ function: UnsafeBufferPointer<UInt8>,
        _ line: UInt
    ) {
        if _slowPath(log.sampler != nil) { addSuppressed(log) }
        let delivered: Void? = message.utf8.withContiguousStorageIfAvailable { message in
            deliver(log, level, message, error, file, function, line)
        }
        if delivered == nil {
            // A string that the system bridges from elsewhere: not on Linux.
            Array(message.utf8).withUnsafeBufferPointer { deliver(log, level, $0, error, file, function, line) }
        }
        let header = UnsafeRawPointer(_thread.pointee.bytes.base + _start).loadUnaligned(as: EventHeader.self)
        _thread.pointee.bytes.count = _start
        _thread.pointee.object = header.outer
        if _slowPath(_thread.pointee.bytes.capacity > Self.keptCapacity) {
            _thread.pointee.bytes.shrink(to: Self.keptCapacity)
        }
    }

    @inline(never)
    private func addSuppressed(_ log: Log) {
        guard let count = log.sampler?.takeSuppressed(), count > 0 else { return }
        self.suppressed = count
    }

    /// A buffer that one huge line made larger than this is given back when no event is open.
    private static var keptCapacity: Int { 1 << 18 }

    @inline(__always)
    private func deliver(
        _ log: Log,
        _ level: LogLevel,
        _ message: UnsafeBufferPointer<UInt8>,
        _ error: (any Error)?,
        _ file: UnsafeBufferPointer<UInt8>,
        _ function: UnsafeBufferPointer<UInt8>,
        _ line: UInt
    ) {
        let header = UnsafeRawPointer(_thread.pointee.bytes.base + _start).loadUnaligned(as: EventHeader.self)
        var event = Log.Event(
            thread: _thread,
            fieldsStart: _start &+ MemoryLayout<EventHeader>.size,
            fieldsEnd: _thread.pointee.bytes.count,
            signatures: _thread.pointee.object.signatures,
            seconds: header.seconds,
            nanoseconds: header.nanoseconds,
            level: level,
            line: line,
            record: log.record,
            logFields: log.fields.map { Unmanaged.passUnretained($0) },
            contextStorage: LogContext.currentStorage,
            messageUTF8: message,
            fileUTF8: file,
            functionUTF8: function
        )
        if _slowPath(error != nil) {
            withUnsafePointer(to: error) { pointer in
                event.errorPointer = pointer
                LogBackends.log(event)
            }
        } else {
            LogBackends.log(event)
        }
    }
}
