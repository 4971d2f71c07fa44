public import ContextPropagation

extension LogContext {
    /// This context with fields that stand on every line of its scope, whoever logs it; it *adds* to those that it has.
    ///
    /// They flow wherever the context flows within this process and are never part of a message. For fields of one
    /// component use `Log.with(_:)`.
    ///
    ///     LogContext.$current.withValue(LogContext.current.with { $0.tenant = id }) {
    ///         log.info("order received")                // "attributes":{"tenant":"…"}
    ///     }
    public func with(_ fields: (inout LogFields) -> Void) -> LogContext {
        let rendered = LogFields.render(after: storage.parts.fields, fields)
        return changed { $0.fields = rendered }
    }
}
