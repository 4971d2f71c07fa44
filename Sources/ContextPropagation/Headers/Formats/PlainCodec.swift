/// The headers `trace_id` and `execution_id`, which every program can read without a tracing library.
///
/// `correlation_id` and `x-correlation-id` are read if there is no `trace_id`, and never written. Programs send them
/// beside a trace, too: a trace of any other header counts before them.
enum PlainCodec {
    static func inject(_ context: LogContext, sendsExecution: Bool, into carrier: inout some HeaderCarrier) {
        if let traceID = context.traceID {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
                guard let digits = buffer.baseAddress else { return }
                Hex.write(traceID.high, to: digits)
                Hex.write(traceID.low, to: digits + 16)
                carrier.appendHeader(name: "trace_id", value: buffer.span)
            }
        } else if let correlationID = context.correlationID {
            carrier.appendHeader(name: "trace_id", value: correlationID.utf8.span)
        }
        if sendsExecution, !context.storage.execution.isEmpty {
            context.storage.execution.withUTF8 { carrier.appendHeader(name: "execution_id", value: $0.span) }
        }
    }
}

/// The readings of the plain headers. Their texts are in memory of the caller, so that no text is allocated before a
/// context needs it.
struct PlainReading: ~Copyable {
    private enum Identifier {
        case trace(TraceID)
        case text(Int)
    }

    private var traceID = HeaderSlot<Identifier>()
    private var correlationID = HeaderSlot<Identifier>()
    private var xCorrelationID = HeaderSlot<Identifier>()
    private var executionID = HeaderSlot<Int>()
    private let texts: UnsafeMutablePointer<UInt8>

    /// The number of bytes that a reading needs for its texts.
    static let memory = 4 * PlainIdentifier.maximumLength

    /// - Parameter texts: As many bytes as ``memory``. They must outlive this value.
    @inline(__always)
    init(_ texts: UnsafeMutablePointer<UInt8>) {
        self.texts = texts
    }

    mutating func readTraceID(_ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let memory = memory(0)
        return traceID.read(value, duplicates) { (value) throws(HeaderFault) in try Self.identifier(value, memory) }
    }

    mutating func readCorrelationID(_ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let memory = memory(1)
        return correlationID.read(value, duplicates) { (value) throws(HeaderFault) in
            try Self.identifier(value, memory)
        }
    }

    mutating func readXCorrelationID(_ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let memory = memory(2)
        return xCorrelationID.read(value, duplicates) { (value) throws(HeaderFault) in
            try Self.identifier(value, memory)
        }
    }

    mutating func readExecutionID(_ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let memory = memory(3)
        return executionID.read(value, duplicates) { (value) throws(HeaderFault) in try Self.text(value, memory) }
    }

    func contribute(to merge: inout HeaderMerge) {
        contribute(traceID, memory(0), to: &merge)
        contribute(correlationID, memory(1), isFallback: true, to: &merge)
        contribute(xCorrelationID, memory(2), isFallback: true, to: &merge)
        if let count = executionID.value {
            merge.addExecutionID(ShortText(validated: UnsafeBufferPointer(start: memory(3), count: count)))
        } else {
            merge.note(executionID.fault, of: .format(.plain))
        }
    }

    @inline(__always)
    private func contribute(
        _ slot: HeaderSlot<Identifier>,
        _ memory: UnsafeMutablePointer<UInt8>,
        isFallback: Bool = false,
        to merge: inout HeaderMerge
    ) {
        if slot.isAbsent { return }
        switch slot.value {
        case .trace(let traceID) where isFallback:
            merge.addFallback(traceID, from: .format(.plain))
        case .trace(let traceID):
            merge.addTrace(traceID, parent: nil, .unspecified, from: .format(.plain))
        case .text(let count):
            if merge.hasTrace { return }
            let text = UnsafeBufferPointer(start: memory, count: count)
            let string = String(decoding: text, as: UTF8.self)
            merge.addCorrelationID(string, isFallback: isFallback, from: .format(.plain))
        case nil:
            merge.note(slot.fault, of: .format(.plain))
        }
    }

    /// The memory of one of the texts.
    private func memory(_ number: Int) -> UnsafeMutablePointer<UInt8> { texts + number * PlainIdentifier.maximumLength }

    /// Reads an identifier as ``PlainIdentifier`` does, and copies its text if it is not a trace ID.
    @inline(__always)
    private static func identifier(
        _ value: Span<UInt8>,
        _ memory: UnsafeMutablePointer<UInt8>
    ) throws(HeaderFault) -> Identifier {
        do throws(HeaderFault) {
            return .trace(try TraceID(parsing: value))
        } catch .zeroTraceID {
            throw .zeroTraceID
        } catch {
            return .text(try text(value, memory))
        }
    }

    /// Checks and copies a text. Returns its length.
    @inline(__always)
    private static func text(
        _ value: Span<UInt8>,
        _ memory: UnsafeMutablePointer<UInt8>
    ) throws(HeaderFault) -> Int {
        try PlainText.check(value)
        value.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { memory.initialize(from: start, count: bytes.count) }
        }
        return value.count
    }
}
