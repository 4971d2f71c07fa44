internal import ContextPropagation

/// The fields of a line while they are set, one by one: what the closure behind a message is given.
///
///     log.info("frame processed") {
///         $0.frame = 17                          // a name that is known when this is written
///         $0["http.route"] = path                // one with a dot, or known only at run time
///         $0.camera { $0.id = 3; $0.zone = "gate" }      // a nested object
///         $0.worker = worker                     // an optional: nil writes nothing
///     }
///
/// Values keep their types: a number is a JSON number. A name that is set twice stands once, where it was set last. Any
/// name goes: this type has no member that could be in its way. A field can be set and not read.
///
/// Each value is written at once, as JSON, into a buffer of the thread: no field costs an allocation.
@dynamicMemberLookup
public struct LogFields: ~Copyable {
    // The thread's own state, whose address is fixed. The builder is lent to a synchronous closure and cannot be kept.
    @usableFromInline let _state: UnsafeMutableRawPointer
    /// Where this event's bytes begin in the thread's buffer.
    @usableFromInline let _start: Int

    init(_ state: UnsafeMutablePointer<ThreadState>, start: Int) {
        _state = UnsafeMutableRawPointer(state)
        _start = start
    }

    var _thread: UnsafeMutablePointer<ThreadState> { _state.assumingMemoryBound(to: ThreadState.self) }

    /// Sets a field.
    @inlinable
    public subscript<Value: LogValue>(dynamicMember name: StaticString) -> Value {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @_transparent
        nonmutating set { newValue.write(to: LogField(LogFieldName(name), _state)) }
    }

    /// Sets a field whose name is not an identifier, or known only at run time.
    @inlinable
    public subscript<Value: LogValue>(name: String) -> Value {
        @available(*, unavailable, message: "a log field can be set, not read")
        get { fatalError("unavailable") }
        @inline(__always)
        nonmutating set { LogField._with(name, _state) { newValue.write(to: $0) } }
    }

    /// A field that is an object: `$0.camera { $0.id = 3 }`.
    @inlinable
    public subscript(dynamicMember name: StaticString) -> LogObject {
        LogObject(name: LogFieldName(name), state: _state)
    }
}

/// The place of a nested object: call it with what sets its fields.
public struct LogObject: ~Copyable {
    @usableFromInline let name: LogFieldName
    @usableFromInline let state: UnsafeMutableRawPointer

    @inlinable
    init(name: LogFieldName, state: UnsafeMutableRawPointer) {
        self.name = name
        self.state = state
    }

    /// Sets the object's fields. An object without fields is `{}`.
    @inlinable
    public func callAsFunction(_ fields: (inout LogFields) -> Void) {
        LogField(name, state).object(fields)
    }
}
