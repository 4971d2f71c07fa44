/// A value that no line and no text shows. It is written as `[redacted]`.
///
/// When to use it: for the properties that are secret wherever they go, such as a password in a configuration. For
/// fields that only some deployments must hide, set the variable `LOG_REDACT`, which needs no change of the code.
///
/// It replaces the value in fields, in interpolated messages, in swift-log's metadata, in `dump`, and in the text of
/// every type that contains it. The code that needs the value asks for ``unredacted``.
///
///     struct Login { let user: String; let password: Redacted<String> }
///
///     log.info("login of \(login)") { $0.password = login.password }     // …password: [redacted]
///     connect(login.password.unredacted)
public struct Redacted<Value> {
    /// The value itself. Its text is not hidden any more.
    public var unredacted: Value

    /// Hides the text of a value.
    public init(_ value: Value) {
        unredacted = value
    }
}

extension Redacted: Sendable where Value: Sendable {}
extension Redacted: BitwiseCopyable where Value: BitwiseCopyable {}
extension Redacted: Equatable where Value: Equatable {}
extension Redacted: Hashable where Value: Hashable {}

extension Redacted: LogValue {
    public func write(to field: borrowing LogField) { field.set(FieldRedactor.replacement) }
}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { FieldRedactor.replacement }
    public var debugDescription: String { FieldRedactor.replacement }
}

extension Redacted: CustomReflectable {
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
