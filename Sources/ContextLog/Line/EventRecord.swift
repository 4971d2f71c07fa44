package import CMALoggerShims
package import ContextPropagation

/// The parts of an open event. They are at a fixed address until the thread ends, so that one pointer goes through the
/// whole line.
///
/// The records of a thread form a list: each leads to the record of the event inside it, which the next line at that
/// depth uses again. A record owns only the records after it. The call that made the event lends every other pointer.
@usableFromInline
package struct EventRecord {
    package let buffer: UnsafeMutablePointer<LineBuffer>
    package var time = malogc_moment()
    package var level = LogLevel.trace
    package var line = LineNumber(0)

    /// The offset in the buffer at which the event begins. Before its fields, there are ``gap`` unused bytes.
    package var start = 0
    package var fieldsStart = 0
    package var fieldsEnd = 0
    package var signatures: UInt64 = 0

    package var label: UnsafePointer<LogLabel>?
    package var logFields: Unmanaged<RenderedFields>?
    package var contextStorage: Unmanaged<LogContext.Storage>?
    package var message = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The bytes of a message of up to 15 bytes, to which `message` then points.
    var shortMessage: (UInt64, UInt64) = (0, 0)
    package var fileID = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    package var function = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    package var error: UnsafePointer<(any Error)?>?

    /// The object that the event interrupts.
    var outerObject = LineBuffer.OpenObject(start: 0, serial: 0)

    /// The record of the event around this one, and the record for an event inside this one.
    var outer: UnsafeMutablePointer<EventRecord>?
    var inner: UnsafeMutablePointer<EventRecord>?

    /// The bytes before the fields of an event. A line format can write the beginning of the line there, so that the
    /// fields need not be copied.
    @inlinable package static var gap: Int { 1024 }

    private init(buffer: UnsafeMutablePointer<LineBuffer>, outer: UnsafeMutablePointer<EventRecord>?) {
        self.buffer = buffer
        self.outer = outer
    }

    /// Makes the record after another one, which then owns it. The first record belongs to the buffer.
    @inline(never)
    static func make(
        in buffer: UnsafeMutablePointer<LineBuffer>,
        after outer: UnsafeMutablePointer<EventRecord>?
    ) -> UnsafeMutablePointer<EventRecord> {
        let made = UnsafeMutablePointer<EventRecord>.allocate(capacity: 1)
        made.initialize(to: EventRecord(buffer: buffer, outer: outer))
        outer?.pointee.inner = made
        return made
    }

    /// Frees every record of the list that has this one.
    static func free(_ record: UnsafeMutablePointer<EventRecord>) {
        var first = record
        while let outer = first.pointee.outer { first = outer }
        var next: UnsafeMutablePointer<EventRecord>? = first
        while let freed = next {
            next = freed.pointee.inner
            freed.deinitialize(count: 1)
            freed.deallocate()
        }
    }
}
