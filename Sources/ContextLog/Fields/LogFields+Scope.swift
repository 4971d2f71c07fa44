internal import ContextPropagation

extension LogFields {
    /// Renders fields that will stand on several lines, behind those that are there already.
    static func render(after earlier: RenderedFields?, _ fields: (inout LogFields) -> Void) -> RenderedFields? {
        let thread = ThreadState.current
        let start = thread.pointee.bytes.count
        let outer = thread.pointee.object
        thread.pointee.object = ThreadState.OpenObject(start: start, signatures: earlier?.signatures ?? 0)
        if let earlier {
            earlier.bytes.withUnsafeBufferPointer { thread.pointee.bytes.append($0) }
        }
        var builder = LogFields(thread, start: start)
        fields(&builder)
        let signatures = thread.pointee.object.signatures
        let written = UnsafeBufferPointer(
            start: thread.pointee.bytes.base + start,
            count: thread.pointee.bytes.count - start
        )
        let rendered = written.isEmpty ? nil : RenderedFields(bytes: Array(written), signatures: signatures)
        thread.pointee.bytes.count = start
        thread.pointee.object = outer
        return rendered
    }
}
