/// The headers `trace_id` and `execution_id`, which every program can read without a tracing library.
///
/// `correlation_id` and `x-correlation-id` are read if there is no `trace_id`, and never written.
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
        if sendsExecution, let executionID = context.executionID {
            carrier.appendHeader(name: "execution_id", value: executionID.utf8.span)
        }
    }
}

struct PlainReading: ~Copyable {
    var traceID = HeaderSlot<PlainIdentifier>()
    var correlationID = HeaderSlot<PlainIdentifier>()
    var xCorrelationID = HeaderSlot<PlainIdentifier>()
    var executionID = HeaderSlot<PlainText>()

    func contribute(to merge: inout HeaderMerge) {
        contribute(traceID, to: &merge)
        contribute(correlationID, to: &merge)
        contribute(xCorrelationID, to: &merge)
        if let executionID = executionID.value { merge.addExecutionID(executionID.text) }
        merge.note(executionID.fault, of: .format(.plain))
    }

    private func contribute(_ slot: HeaderSlot<PlainIdentifier>, to merge: inout HeaderMerge) {
        switch slot.value {
        case .trace(let traceID):
            merge.addTrace(traceID, parent: nil, traceFlags: .sampled, .unspecified, from: .format(.plain))
        case .correlation(let text):
            merge.addCorrelationID(text, from: .format(.plain))
        case nil:
            merge.note(slot.fault, of: .format(.plain))
        }
    }
}
