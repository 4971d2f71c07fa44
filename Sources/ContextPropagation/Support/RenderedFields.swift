/// Fields of a scope, rendered once as JSON members, each with its comma in front: `,"tenant":"a","shard":3`.
@usableFromInline
package final class RenderedFields: Sendable {
    @usableFromInline package let bytes: [UInt8]
    /// The signatures of the names, as `ThreadState.OpenObject` keeps them.
    @usableFromInline package let signatures: UInt64

    package init(bytes: [UInt8], signatures: UInt64) {
        self.bytes = bytes
        self.signatures = signatures
    }
}
