internal import ContextPropagation

// These are methods of the event, because a method of the record would get a copy of it.
extension Log.Event {
    // References to fields are not counted: the context and the log keep them while the call runs.
    private var contextFields: Unmanaged<RenderedFields>? {
        record.pointee.contextStorage.unsafelyUnwrapped._withUnsafeGuaranteedRef { storage in
            storage.renderedFields.map { Unmanaged.passUnretained($0) }
        }
    }

    /// Appends the fields to the thread's buffer as one JSON object, with `prefix` in front, or nothing if there are
    /// none.
    package func appendFields(prefix: StaticString) {
        guard hasFields else { return }
        let buffer = record.pointee.buffer
        buffer.pointee.bytes.append(prefix)
        let start = buffer.pointee.bytes.count
        if let scopes = separateScopes {
            scopes.append(to: &buffer.pointee.bytes)
            let count = record.pointee.fieldsEnd &- record.pointee.fieldsStart
            let place = buffer.pointee.bytes.place(count)
            place.update(from: buffer.pointee.bytes.base + record.pointee.fieldsStart, count: count)
            buffer.pointee.bytes.end += count
        } else {
            appendMerged()
        }
        // The brace replaces the comma in front of the first member.
        buffer.pointee.bytes.base[start] = UInt8(ascii: "{")
        buffer.pointee.bytes.append(UInt8(ascii: "}"))
    }

    /// Appends the fields as ``appendFields(prefix:)`` does, and replaces the values that `redactor` covers.
    package func appendFields(prefix: StaticString, redactedBy redactor: FieldRedactor?) {
        let buffer = record.pointee.buffer
        let start = buffer.pointee.bytes.count
        appendFields(prefix: prefix)
        guard let redactor, buffer.pointee.bytes.count > start else { return }
        redactor.redact(&buffer.pointee.bytes, from: start + prefix.utf8CodeUnitCount)
    }

    /// The members of the scopes, or nil if a name may be in more than one of the context, the log and the event.
    package var separateScopes: ScopeMembers? {
        guard hasScopes else { return ScopeMembers(context: nil, log: nil) }
        let context = contextFields
        let logFields = record.pointee.logFields
        let signatures = record.pointee.signatures
        let contextSignatures = context?._withUnsafeGuaranteedRef { $0.signatures } ?? 0
        let logSignatures = logFields?._withUnsafeGuaranteedRef { $0.signatures } ?? 0
        guard contextSignatures & logSignatures | (contextSignatures | logSignatures) & signatures == 0 else {
            return nil
        }
        return ScopeMembers(context: context, log: logFields)
    }

    /// Appends the members of all three. Each replaces an earlier one of its name.
    @inline(never)
    private func appendMerged() {
        let buffer = record.pointee.buffer
        let outer = buffer.pointee.object
        _ = buffer.pointee.openObject(depth: 0)
        for scope in [contextFields, record.pointee.logFields] {
            scope?._withUnsafeGuaranteedRef { fields in
                fields.bytes.withUnsafeBufferPointer { buffer.pointee.appendMembers($0, signatures: fields.signatures) }
            }
        }
        // The event's own members are in the same buffer: make room before a pointer to them is taken.
        let start = record.pointee.fieldsStart
        let count = record.pointee.fieldsEnd - start
        _ = buffer.pointee.bytes.place(count + 64)
        let own = UnsafeBufferPointer(start: buffer.pointee.bytes.base + start, count: count)
        buffer.pointee.appendMembers(own, signatures: record.pointee.signatures)
        buffer.pointee.closeIndex()
        buffer.pointee.object = outer
    }
}

/// The fields of a line's context and of its log, whose names differ.
package struct ScopeMembers {
    fileprivate let context: Unmanaged<RenderedFields>?
    fileprivate let log: Unmanaged<RenderedFields>?

    /// The number of bytes of the members.
    package var count: Int { Self.count(of: context) &+ Self.count(of: log) }

    /// Writes the members and returns the place after them.
    package func write(to place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        Self.write(log, to: Self.write(context, to: place))
    }

    fileprivate func append(to bytes: inout ByteWriter) {
        bytes.end = write(to: bytes.place(count))
    }

    private static func count(of fields: Unmanaged<RenderedFields>?) -> Int {
        fields?._withUnsafeGuaranteedRef { $0.bytes.count } ?? 0
    }

    private static func write(
        _ fields: Unmanaged<RenderedFields>?,
        to place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard let fields else { return place }
        return fields._withUnsafeGuaranteedRef { fields in
            fields.bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return place }
                place.update(from: start, count: bytes.count)
                return place + bytes.count
            }
        }
    }
}
