extension LogFields {
    /// Renders fields on their own, or returns nil if there are none.
    package static func render(_ fields: (inout LogFields) -> Void) -> RenderedFields? { render(after: nil, fields) }

    /// Renders fields that will appear on several lines, after those of `earlier`.
    static func render(after earlier: RenderedFields?, _ fields: (inout LogFields) -> Void) -> RenderedFields? {
        let buffer = LineBuffer.current
        let start = buffer.pointee.bytes.count
        var outer = buffer.pointee.object
        var builder = LogFields(buffer, serial: buffer.pointee.openObject(depth: 0))
        if let earlier {
            buffer.pointee.object.signatures = earlier.signatures
            earlier.bytes.withUnsafeBufferPointer { buffer.pointee.bytes.append($0) }
        }
        fields(&builder)
        if buffer.pointee.needsFinish { buffer.pointee.finishFields(builder) }
        let signatures = buffer.pointee.object.signatures
        let written = UnsafeBufferPointer(
            start: buffer.pointee.bytes.base + start,
            count: buffer.pointee.bytes.count - start
        )
        let rendered = written.isEmpty ? nil : RenderedFields(bytes: Array(written), signatures: signatures)
        buffer.pointee.bytes.count = start
        let isMisuse = buffer.pointee.object.omissions.isMisuse
        if isMisuse { outer.omissions.isMisuse = true }
        buffer.pointee.object = outer
        if isMisuse, outer.serial == 0 {
            // No line is being written that could name its place.
            buffer.pointee.object.omissions = Omissions()
            Misuse.report("a scope outside of a line", logger: nil)
        }
        return rendered
    }
}
