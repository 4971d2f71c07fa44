public import ContextPropagation

extension Log {
    /// One line. A ``LogBackend`` receives it.
    ///
    /// The event is valid only during the call, and contains only pointers. Texts, the context and the error are made
    /// when the backend asks for them. Copy everything that you need after the call.
    public struct Event: ~Copyable {
        // The call that made the event lends all pointers of this type: the thread's buffer, the caller's strings and
        // error, an immortal record, and a context that stays bound while the call runs.
        package let buffer: UnsafeMutablePointer<LineBuffer>
        package let fieldsStart: Int
        package let fieldsEnd: Int
        package let signatures: UInt64
        package let seconds: Int
        package let nanoseconds: Int

        /// The severity of the line.
        public let level: LogLevel

        /// The line of the source file.
        public let line: UInt

        package let record: UnsafePointer<LogLabel>
        package let logFields: Unmanaged<RenderedFields>?
        package let contextStorage: Unmanaged<LogContext.Storage>
        package var messageUTF8: UnsafeBufferPointer<UInt8>
        package let fileIDUTF8: UnsafeBufferPointer<UInt8>
        package let functionUTF8: UnsafeBufferPointer<UInt8>
        package var errorPointer: UnsafePointer<(any Error)?>?
    }
}

extension Log.Event {
    /// The time of the call, since 1970-01-01T00:00:00Z.
    public var timeSinceEpoch: Duration {
        Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(nanoseconds) * 1_000_000_000)
    }

    /// The whole text.
    public var message: String { String(decoding: messageUTF8, as: UTF8.self) }

    /// The label of the `Log`.
    public var label: String { record.pointee.name }

    /// The source file as `#fileID` gives it.
    public var fileID: String { String(decoding: fileIDUTF8, as: UTF8.self) }

    /// The function as `#function` gives it.
    public var function: String { String(decoding: functionUTF8, as: UTF8.self) }

    /// The context in which the line was logged.
    public var context: LogContext { LogContext(storage: contextStorage.takeUnretainedValue()) }

    /// The error that the line reports, or nil.
    public var error: (any Error)? { errorPointer?.pointee }

    /// Whether the line has a field.
    public var hasFields: Bool {
        fieldsEnd > fieldsStart || logFields != nil || !contextFieldsAreAbsent
    }

    package var contextFields: RenderedFields? {
        contextStorage._withUnsafeGuaranteedRef { $0.parts.renderedFields }
    }

    /// Calls `body` with the fields as one JSON object: the context's, the log's and the event's, each name once.
    /// Without fields, it is `{}`.
    ///
    /// The bytes are a copy, so `body` may log.
    public func withFields<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let start = buffer.pointee.bytes.count
        appendFields(prefix: "")
        if buffer.pointee.bytes.count == start { buffer.pointee.bytes.append("{}") }
        let json = Array(
            UnsafeBufferPointer(start: buffer.pointee.bytes.base + start, count: buffer.pointee.bytes.count - start)
        )
        buffer.pointee.bytes.count = start
        return try body(json.span)
    }

    /// Calls `body` with the name and the value of each field, in their order.
    public func forEachField(_ body: (_ name: String, _ value: LogFieldValue) -> Void) {
        withFields { json in
            guard case .object(let members) = LogFieldValue(json: json) else { return }
            for member in members { body(member.name, member.value) }
        }
    }

    /// Appends the fields to the thread's buffer as one JSON object, with `prefix` in front, or nothing if there are
    /// none.
    @inline(__always)
    package func appendFields(prefix: StaticString) {
        let count = fieldsEnd &- fieldsStart
        if logFields == nil, contextFieldsAreAbsent {
            if count == 0 { return }
            let place = buffer.pointee.bytes.place(count &+ prefix.utf8CodeUnitCount &+ 8)
            place.initialize(from: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
            let object = place + prefix.utf8CodeUnitCount
            object.initialize(from: buffer.pointee.bytes.base + fieldsStart, count: count)
            // The brace replaces the comma in front of the first member.
            object.pointee = UInt8(ascii: "{")
            object[count] = UInt8(ascii: "}")
            buffer.pointee.bytes.count &+= count &+ prefix.utf8CodeUnitCount &+ 1
        } else {
            appendScopes(prefix)
        }
    }

    @inline(__always)
    private var contextFieldsAreAbsent: Bool {
        contextStorage._withUnsafeGuaranteedRef { $0.parts.fields == nil }
    }

    @inline(never)
    private func appendScopes(_ prefix: StaticString) {
        let context = contextFields
        buffer.pointee.bytes.append(prefix)
        let start = buffer.pointee.bytes.count
        let contextSignatures = context?.signatures ?? 0
        let logSignatures = logFields?._withUnsafeGuaranteedRef { $0.signatures } ?? 0
        if contextSignatures & logSignatures | (contextSignatures | logSignatures) & signatures == 0 {
            // No two scopes have a name in common.
            context?.bytes.withUnsafeBufferPointer { buffer.pointee.bytes.append($0) }
            logFields?._withUnsafeGuaranteedRef { fields in
                fields.bytes.withUnsafeBufferPointer { buffer.pointee.bytes.append($0) }
            }
            let count = fieldsEnd &- fieldsStart
            let place = buffer.pointee.bytes.place(count)
            place.initialize(from: buffer.pointee.bytes.base + fieldsStart, count: count)
            buffer.pointee.bytes.count &+= count
        } else {
            appendMerged(context)
        }
        buffer.pointee.bytes.base[start] = UInt8(ascii: "{")
        buffer.pointee.bytes.append(UInt8(ascii: "}"))
    }

    @inline(never)
    private func appendMerged(_ context: RenderedFields?) {
        let outer = buffer.pointee.object
        _ = buffer.pointee.openObject(depth: 0)
        if let context {
            context.bytes.withUnsafeBufferPointer { buffer.pointee.appendMembers($0, signatures: context.signatures) }
        }
        logFields?._withUnsafeGuaranteedRef { fields in
            fields.bytes.withUnsafeBufferPointer { buffer.pointee.appendMembers($0, signatures: fields.signatures) }
        }
        // The event's own members are in the same buffer: make room before a pointer to them is taken.
        _ = buffer.pointee.bytes.place(fieldsEnd - fieldsStart + 64)
        let own = UnsafeBufferPointer(start: buffer.pointee.bytes.base + fieldsStart, count: fieldsEnd - fieldsStart)
        buffer.pointee.appendMembers(own, signatures: signatures)
        buffer.pointee.closeIndex()
        buffer.pointee.object = outer
    }
}
