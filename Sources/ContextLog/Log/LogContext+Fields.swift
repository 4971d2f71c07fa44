public import ContextPropagation

extension LogContext {
    /// A copy of this context whose fields appear on every line of its scope. It *adds* to the fields that the context
    /// has.
    ///
    /// The fields go wherever the context goes in this process, and never into a message. For the fields of one
    /// component, use ``Log/with(_:)``.
    ///
    ///     withLogContext(.current.with { $0.tenant = id }) {
    ///         log.info("order received")                // "attributes":{"tenant":"…"}
    ///     }
    public func with(_ fields: (inout LogFields) -> Void) -> LogContext {
        let rendered = LogFields.render(after: storage.renderedFields, fields)
        return changed { $0.fields = rendered }
    }
}
