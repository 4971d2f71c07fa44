public import ContextPropagation

extension Log {
    /// One line on its way: what a ``LogBackend`` is given.
    ///
    /// It is lent for the time of the call and holds pointers only: what a backend does not ask for is never made. Whatever
    /// must outlive the call is copied out of it.
    public struct Event: ~Copyable {
        // All pointers of this type are lent by the call that made the event: the thread's state, the caller's strings and
        // error, an immortal record, a context that stays bound while the call runs.
        package let thread: UnsafeMutablePointer<ThreadState>
        package let fieldsStart: Int
        package let fieldsEnd: Int
        package let signatures: UInt64
        package let seconds: Int
        package let nanoseconds: Int

        /// How much the line matters.
        public let level: LogLevel

        /// The line of the source file.
        public let line: UInt

        package let record: UnsafePointer<LogLabel>
        package let logFields: Unmanaged<RenderedFields>?
        package let contextStorage: Unmanaged<LogContext.Storage>
        package let messageUTF8: UnsafeBufferPointer<UInt8>
        package let fileUTF8: UnsafeBufferPointer<UInt8>
        package let functionUTF8: UnsafeBufferPointer<UInt8>
        package var errorPointer: UnsafePointer<(any Error)?>?

        init(
            thread: UnsafeMutablePointer<ThreadState>,
            fieldsStart: Int,
            fieldsEnd: Int,
            signatures: UInt64,
            seconds: Int,
            nanoseconds: Int,
            level: LogLevel,
            line: UInt,
            record: UnsafePointer<LogLabel>,
            logFields: Unmanaged<RenderedFields>?,
            contextStorage: Unmanaged<LogContext.Storage>,
            messageUTF8: UnsafeBufferPointer<UInt8>,
            fileUTF8: UnsafeBufferPointer<UInt8>,
            functionUTF8: UnsafeBufferPointer<UInt8>
        ) {
            self.thread = thread
            self.fieldsStart = fieldsStart
            self.fieldsEnd = fieldsEnd
            self.signatures = signatures
            self.seconds = seconds
            self.nanoseconds = nanoseconds
            self.level = level
            self.line = line
            self.record = record
            self.logFields = logFields
            self.contextStorage = contextStorage
            self.messageUTF8 = messageUTF8
            self.fileUTF8 = fileUTF8
            self.functionUTF8 = functionUTF8
        }
    }
}

extension Log.Event {
    /// The moment of the call, since 1970-01-01T00:00:00Z.
    public var time: Duration {
        Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(nanoseconds) * 1_000_000_000)
    }

    /// The text, whole.
    public var message: String { String(decoding: messageUTF8, as: UTF8.self) }

    /// The label of the `Log`.
    public var label: String { record.pointee.name }

    /// The source file as `#fileID` has it.
    public var file: String { String(decoding: fileUTF8, as: UTF8.self) }

    /// The function as `#function` has it.
    public var function: String { String(decoding: functionUTF8, as: UTF8.self) }

    /// The context in which the line was logged.
    public var context: LogContext { LogContext(storage: contextStorage.takeUnretainedValue()) }

    /// What failed, where the line is about that.
    public var error: (any Error)? { errorPointer?.pointee }

    /// Whether there is any field.
    public var hasFields: Bool {
        fieldsEnd > fieldsStart || logFields != nil || contextFields != nil
    }

    package var contextFields: RenderedFields? {
        contextStorage._withUnsafeGuaranteedRef { $0.parts.fields }
    }

    /// Lends the fields as one JSON object: the context's, the log's, the event's, each name once. `{}` without any.
    ///
    /// A copy, so that `body` may itself log.
    public func withFields<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let start = thread.pointee.bytes.count
        appendFields()
        if thread.pointee.bytes.count == start { thread.pointee.bytes.append("{}") }
        let json = Array(
            UnsafeBufferPointer(start: thread.pointee.bytes.base + start, count: thread.pointee.bytes.count - start)
        )
        thread.pointee.bytes.count = start
        return try body(json.span)
    }

    /// Calls `body` with each field in its order: its name and its value.
    public func forEachField(_ body: (_ name: String, _ value: LogFieldValue) -> Void) {
        withFields { json in
            for member in LogFieldValue.members(of: json) { body(member.name, member.value) }
        }
    }

    /// Appends the fields as one JSON object to the thread's buffer, nothing where there are none.
    @inline(__always)
    package func appendFields() {
        let start = thread.pointee.bytes.count
        if logFields == nil, contextFieldsAreAbsent {
            let count = fieldsEnd &- fieldsStart
            if count == 0 { return }
            let place = thread.pointee.bytes.place(count &+ 1)
            place.initialize(from: thread.pointee.bytes.base + fieldsStart, count: count)
            thread.pointee.bytes.count &+= count
        } else {
            appendMergedFields()
            if thread.pointee.bytes.count == start { return }
        }
        thread.pointee.bytes.base[start] = UInt8(ascii: "{")
        thread.pointee.bytes.append(UInt8(ascii: "}"))
    }

    @inline(__always)
    private var contextFieldsAreAbsent: Bool {
        contextStorage._withUnsafeGuaranteedRef { $0.parts.fields == nil }
    }

    @inline(never)
    private func appendMergedFields() {
        let outer = thread.pointee.object
        thread.pointee.object = ThreadState.OpenObject(start: thread.pointee.bytes.count, signatures: 0)
        contextFields?.bytes.withUnsafeBufferPointer {
            thread.pointee.appendMembers($0, signatures: contextFields?.signatures ?? 0)
        }
        logFields?._withUnsafeGuaranteedRef { fields in
            fields.bytes.withUnsafeBufferPointer { thread.pointee.appendMembers($0, signatures: fields.signatures) }
        }
        // The event's own stand in the same buffer: make room before a pointer to them is taken.
        _ = thread.pointee.bytes.place(fieldsEnd - fieldsStart)
        let own = UnsafeBufferPointer(start: thread.pointee.bytes.base + fieldsStart, count: fieldsEnd - fieldsStart)
        thread.pointee.appendMembers(own, signatures: signatures)
        thread.pointee.object = outer
    }
}
