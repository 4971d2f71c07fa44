internal import ContextPropagation

/// Sets the fields of a line. The closure after a message receives it.
///
///     log.info("frame processed") {
///         $0.frame = 17                                  // a name that is known in the source
///         $0["http.route"] = path                        // a name with a dot, or one that is known only at run time
///         $0.camera { $0.id = 3; $0.zone = "gate" }      // a nested object
///         $0.worker = worker                             // an optional: nil writes nothing
///     }
///
/// Values keep their types: a number becomes a JSON number. If a name is set twice, only the later field is on the
/// line. Any name can be a field, because this type has no member of its own. A field can be set, but not read.
///
/// Each value is written immediately, as JSON, into a buffer of the thread, so a field needs no allocation.
///
/// Use a builder only in its own closure. While a nested object, a scope or another line is open, a builder from
/// outside writes nothing, and a `WARNING` line names the place. A builder sets about 16 MiB of fields, counted before
/// characters are escaped, and objects and arrays nest up to 100 deep. If values had to be left out, the line has the
/// field `dropped_values` with their number; if several builders of a line left values out, with that of the last one.
@dynamicMemberLookup
public struct LogFields: ~Copyable {
    /// The address of the thread's `LineBuffer`, which is fixed. A builder is lent to a synchronous closure, so that no
    /// other thread has it.
    @usableFromInline let _buffer: UnsafeMutableRawPointer

    /// The serial number of the object whose members this sets.
    @usableFromInline let _serial: UInt

    init(_ buffer: UnsafeMutablePointer<LineBuffer>, serial: UInt) {
        _buffer = UnsafeMutableRawPointer(buffer)
        _serial = serial
    }

    /// Sets a field.
    @inlinable
    public subscript<Value: LogValue>(dynamicMember name: StaticString) -> Value {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @_transparent
        nonmutating set { newValue.write(to: LogField(LogFieldName(name), _buffer, _serial)) }
    }

    /// Sets a field whose name is not an identifier, or is known only at run time.
    @inlinable
    public subscript<Value: LogValue>(name: String) -> Value {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @inline(__always)
        nonmutating set { LogField._with(name, _buffer, _serial) { newValue.write(to: $0) } }
    }

    /// Sets a field that is an object: `$0.camera { $0.id = 3 }`.
    @inlinable
    public subscript(dynamicMember name: StaticString) -> LogObject {
        @inline(__always)
        get { LogObject(name: LogFieldName(name), buffer: _buffer, serial: _serial) }
    }
}

extension LogFields {
    var buffer: UnsafeMutablePointer<LineBuffer> { _buffer.assumingMemoryBound(to: LineBuffer.self) }

    /// Sets a field with the value that `write` writes.
    package func _set(_ name: String, _ write: (borrowing LogField) -> Void) {
        LogField._with(name, _buffer, _serial, write)
    }

    /// Skips the search for earlier members of the same name. Call it only if the next names are new.
    package func forgetEarlierNames() {
        guard buffer.pointee.object.serial == _serial else { return }
        buffer.pointee.object.start = buffer.pointee.bytes.count
        buffer.pointee.object.signatures = 0
    }
}
