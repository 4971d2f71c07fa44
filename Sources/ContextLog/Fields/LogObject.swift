internal import ContextPropagation

/// A field that is a nested object. Call it with a closure that sets the object's fields.
///
///     log.info("frame processed") { $0.camera { $0.id = 3; $0.zone = "gate" } }
@dynamicMemberLookup
public struct LogObject: ~Copyable {
    @usableFromInline let name: LogFieldName
    @usableFromInline let buffer: UnsafeMutableRawPointer
    @usableFromInline let serial: UInt

    @inlinable
    init(name: LogFieldName, buffer: UnsafeMutableRawPointer, serial: UInt) {
        self.name = name
        self.buffer = buffer
        self.serial = serial
    }

    /// Sets the object's fields. An object without fields is `{}`.
    public func callAsFunction(_ fields: (inout LogFields) -> Void) {
        // Unlike a builder, this can be kept, and be called on a thread that does not own the buffer.
        let current = LineBuffer.current
        guard _fastPath(UnsafeMutableRawPointer(current) == buffer) else { return current.pointee.dropMisused() }
        LogField(name, buffer, serial).object(fields)
    }
}

extension LogObject {
    /// Set the fields of an object in its closure. This overload matches a mistake, so that the compiler explains it.
    @_documentation(visibility: internal)
    @available(*, unavailable, message: "set the fields of an object in a closure: $0.camera { $0.id = 3 }")
    public subscript(dynamicMember name: StaticString) -> Any? {
        get { fatalError("unavailable") }
        nonmutating set { fatalError("unavailable") }
    }
}
