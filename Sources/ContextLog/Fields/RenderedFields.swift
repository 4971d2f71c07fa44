package import ContextPropagation

/// The fields of a scope, rendered once as JSON members, each with its comma in front: `,"tenant":"a","shard":3`.
@usableFromInline
package final class RenderedFields: Sendable {
    package let bytes: [UInt8]
    /// The signatures of the names, as `LineBuffer.OpenObject` keeps them.
    package let signatures: UInt64

    init(bytes: [UInt8], signatures: UInt64) {
        self.bytes = bytes
        self.signatures = signatures
    }
}

extension RenderedFields: ScopeFields {
    package func isEqual(to other: any ScopeFields) -> Bool {
        (other as? RenderedFields)?.bytes == bytes
    }
}

extension LogContext.Storage {
    /// The fields that appear on every line of the context.
    var renderedFields: RenderedFields? {
        fields.map { unsafeDowncast($0, to: RenderedFields.self) }
    }
}
