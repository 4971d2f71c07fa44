/// The headers `traceparent` and `tracestate`.
///
/// Specification: [W3C Trace Context Level 2, section
/// 3](https://www.w3.org/TR/trace-context-2/#trace-context-http-headers-format).
enum TraceContextCodec {
    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        // The format cannot carry a correlation ID.
        guard let traceID = context.traceID, let spanID = context.spanID else { return }
        let value = TraceParent(traceID: traceID, spanID: spanID, traceFlags: context.traceFlags)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: TraceParent.length) { buffer in
            guard let bytes = buffer.baseAddress else { return }
            value.write(to: bytes)
            carrier.appendHeader(name: "traceparent", value: buffer.span)
        }
        if let state = context.traceState {
            carrier.appendHeader(name: "tracestate", value: state.headerValue.utf8.span)
        }
    }
}

extension HeaderSlot<TraceParent> {
    /// Contributes a `traceparent` without a `tracestate`.
    func contribute(to merge: inout HeaderMerge) {
        if let value { merge.addTrace(value, from: .format(.traceContext)) }
        merge.note(fault, of: .format(.traceContext))
    }

    /// Contributes a `traceparent` with its `tracestate`.
    func contribute(_ tracestate: borrowing TraceStateReading, to merge: inout HeaderMerge) {
        let origin = HeaderOrigin.format(.traceContext)
        if let value {
            merge.addTrace(value, state: tracestate.result, from: origin)
            merge.note(tracestate.fault, of: origin)
        } else {
            merge.note(fault ?? (tracestate.isAbsent ? nil : .withoutTrace), of: origin)
        }
    }
}
