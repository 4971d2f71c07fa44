/// Finds the first fault of a line.
package struct LineCheck: ~Copyable {
    private var reader = LineReader()
    private let options: CheckOptions
    private let spans: SpanTable
    /// For each schema, the keys that a line must have, and those that it can have.
    private let keys: UnsafeMutablePointer<(required: LineKeys, allowed: LineKeys)>
    private let expectedTrace: [UInt8]?
    private let expectedExecution: [UInt8]?
    /// The first 19 bytes of the latest valid timestamp. Most lines have the same second as the one before.
    private var second: (UInt64, UInt64, UInt32) = (0, 0, 0)

    package init(_ options: CheckOptions) {
        self.init(options, SpanTable())
    }

    init(_ options: CheckOptions, _ spans: SpanTable) {
        self.options = options
        self.spans = spans
        keys = .allocate(capacity: LineSchema.allCases.count)
        for (index, schema) in LineSchema.allCases.enumerated() {
            (keys + index).initialize(to: (schema.required, schema.allowed))
        }
        expectedTrace = options.expectedTrace.map { trace in
            // Shorter digits are a correlation ID.
            let digits = IDForm.traceDigits(trace).flatMap { $0.utf8.count == 32 ? $0 : nil }
            return Array((digits ?? trace).utf8)
        }
        expectedExecution = options.expectedExecution.map { Array($0.utf8) }
    }

    deinit { keys.deallocate() }

    /// The schema of the latest line.
    package var schema: LineSchema? { reader.schema }

    /// Checks the line, which ends with a line feed and is followed by ``LineReader/padding`` readable bytes. Returns
    /// that line feed.
    @inline(__always)
    package mutating func check(_ line: UnsafePointer<UInt8>) throws(LineFault) -> UnsafePointer<UInt8> {
        let end = try reader.read(line)
        guard let schema = reader.schema else { throw LineFault(.noSchema) }
        if let wanted = options.schema, wanted != schema { throw LineFault(.otherSchema) }
        try checkKeys(schema)
        if schema == .spans { return try checkSpans(end) }
        try checkValues(schema)
        try checkIDs(schema)
        return end
    }

    // MARK: Keys and values

    @inline(__always)
    private func checkKeys(_ schema: LineSchema) throws(LineFault) {
        let keys = reader.keys
        let (required, allowed) = self.keys[schema.index]
        if let missing = required.subtracting(keys).nonEmpty { throw LineFault(.missingKey, missing.first) }
        if let name = reader.unknownName { throw LineFault(.unknownKey, at: Int(name.start)) }
        if let more = keys.subtracting(allowed).nonEmpty { throw LineFault(.unknownKey, more.first) }
        if let wrong = keys.subtracting(reader.wellTyped).nonEmpty { throw LineFault(.wrongType, wrong.first) }
        if schema == .otel, let misplaced = reader.misplaced { throw LineFault(.keyOrder, misplaced) }
    }

    @inline(__always)
    private mutating func checkValues(_ schema: LineSchema) throws(LineFault) {
        try checkTimestamp(reader.bytes(schema.timeKey), schema)
        guard reader.level != nil else {
            throw LineFault(.unknownLevel, schema.levelKey, at: Int(reader.range(schema.levelKey).start))
        }
    }

    @inline(__always)
    private mutating func checkTimestamp(
        _ text: UnsafeBufferPointer<UInt8>,
        _ schema: LineSchema
    ) throws(LineFault) {
        guard text.count == 27, let base = text.baseAddress, base[19] == UInt8(ascii: "."),
            base[26] == UInt8(ascii: "Z")
        else { throw LineFault(.badTimestamp, schema.timeKey, at: Int(reader.range(schema.timeKey).start)) }
        var index = 20
        while index < 26 {
            guard base[index] &- UInt8(ascii: "0") < 10 else {
                throw LineFault(.badTimestamp, schema.timeKey, at: Int(reader.range(schema.timeKey).start))
            }
            index &+= 1
        }
        let raw = UnsafeRawPointer(base)
        let second = (
            raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            raw.loadUnaligned(fromByteOffset: 16, as: UInt32.self).littleEndian & 0xFF_FFFF
        )
        if second == self.second { return }
        guard Timestamp(text) != nil else {
            throw LineFault(.badTimestamp, schema.timeKey, at: Int(reader.range(schema.timeKey).start))
        }
        self.second = second
    }

    // MARK: IDs

    @inline(__always)
    private func checkIDs(_ schema: LineSchema) throws(LineFault) {
        let ids = LineIDs(reader)
        if ids.hasOtherLabel { throw fault(.labelType, schema == .ecs ? .elasticLabels : .googleLabels) }
        var isHexTrace = false
        if let trace = ids.trace {
            let fault = ids.isDatadogTrace ? IDForm.fault(ofDatadogTrace: trace) : IDForm.fault(ofTrace: trace)
            if let fault { throw self.fault(fault, traceKey(schema, ids)) }
            isHexTrace = ids.isDatadogTrace || IDForm.isHexTrace(trace)
        } else if options.requiresTrace {
            throw LineFault(.missingTrace)
        }
        if let execution = ids.execution {
            if let fault = IDForm.fault(ofText: execution) { throw self.fault(fault, .executionID) }
        } else if options.requiresExecution {
            throw LineFault(.missingExecution)
        }
        // A program may give a task any text.
        if options.requiresTask, ids.task?.isEmpty ?? true { throw LineFault(.missingTask) }
        if let flags = ids.flags, let fault = IDForm.fault(ofFlags: flags) { throw self.fault(fault, .traceFlags) }
        if let span = ids.span { try check(span, ids, isHexTrace) }
        if let parent = ids.parent {
            let fault = ids.hasDatadogSpan ? IDForm.fault(ofNumber: parent) : IDForm.fault(ofSpan: parent)
            if let fault { throw self.fault(fault, .parentSpanID) }
        }
        if expectedTrace != nil || expectedExecution != nil { try checkExpected(ids) }
    }

    @inline(__always)
    private func check(_ span: LineIDs.Bytes, _ ids: LineIDs, _ isHexTrace: Bool) throws(LineFault) {
        let fault = ids.hasDatadogSpan ? IDForm.fault(ofNumber: span) : IDForm.fault(ofSpan: span)
        if let fault { throw self.fault(fault, nil) }
        guard isHexTrace else { throw LineFault(.spanWithoutTrace) }
        let bits = ids.hasDatadogSpan ? IDForm.number(span) ?? 0 : IDForm.bits(ofSpan: span)
        if !spans.note(span: bits, trace: ids.traceHash) { throw LineFault(.spanOfTwoTraces) }
    }

    private func checkExpected(_ ids: LineIDs) throws(LineFault) {
        if let expectedTrace, ids.trace != nil, !ids.matchesTrace(expectedTrace, isWhole: true) {
            throw LineFault(.unexpectedTrace)
        }
        if let expectedExecution, ids.execution != nil,
            !LineIDs.matches(ids.execution, expectedExecution, isWhole: true)
        {
            throw LineFault(.unexpectedExecution)
        }
    }

    private func traceKey(_ schema: LineSchema, _ ids: LineIDs) -> LineKey {
        switch schema {
        case .otel, .spans, .gcp: .traceID
        case .ecs: .elasticTrace
        case .datadog: ids.isDatadogTrace ? .datadogTrace : .correlationID
        }
    }

    private func fault(_ kind: LineFault.Kind, _ key: LineKey?) -> LineFault {
        guard let key, reader.keys.contains(LineKeys(key)) else { return LineFault(kind) }
        return LineFault(kind, key, at: Int(reader.range(key).start))
    }

    // MARK: Spans

    private func checkSpans(_ end: UnsafePointer<UInt8>) throws(LineFault) -> UnsafePointer<UInt8> {
        var found: LineFault.Kind?
        SpanLine.forEachSpan(reader.bytes(.resourceSpans)) { span in
            guard found == nil else { return }
            guard let trace = span.traceID, IDForm.isHexTrace(trace) else {
                found = .badTraceID
                return
            }
            found = IDForm.fault(ofTrace: trace)
            guard found == nil else { return }
            guard let id = span.spanID else {
                found = .badSpanID
                return
            }
            found = IDForm.fault(ofSpan: id) ?? span.parentID.flatMap { IDForm.fault(ofSpan: $0) }
            guard found == nil else { return }
            if !spans.note(span: IDForm.bits(ofSpan: id), trace: IDForm.hash(trace)) { found = .spanOfTwoTraces }
            if let expectedTrace, !trace.elementsEqual(expectedTrace) { found = .unexpectedTrace }
            if found == nil { found = faultOfAttributes(span) }
        }
        if let found { throw LineFault(found, .resourceSpans) }
        return end
    }

    /// A fault of the execution and the task of an exported span, which are attributes of it.
    private func faultOfAttributes(_ span: SpanLine) -> LineFault.Kind? {
        guard options.requiresExecution || options.requiresTask || expectedExecution != nil else { return nil }
        let execution = span.attribute("execution_id")
        if options.requiresExecution, execution == nil { return .missingExecution }
        if options.requiresTask, span.attribute("task_id") == nil { return .missingTask }
        if let expectedExecution, let execution, !execution.text.utf8.elementsEqual(expectedExecution) {
            return .unexpectedExecution
        }
        return nil
    }
}

extension LineKeys {
    /// The set, or nil if it is empty.
    @inline(__always)
    fileprivate var nonEmpty: LineKeys? { isEmpty ? nil : self }
}
