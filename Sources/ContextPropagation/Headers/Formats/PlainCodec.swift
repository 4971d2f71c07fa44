/// The headers `trace_id` and `execution_id`, readable without any tracing library; `correlation_id` and
/// `x-correlation-id` are read where there is no `trace_id`, and never written.
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

    func settle(_ extraction: inout HeaderExtraction) {
        settle(traceID, &extraction)
        settle(correlationID, &extraction)
        settle(xCorrelationID, &extraction)
        if let executionID = executionID.value { extraction.setExecutionID(checked: executionID.text) }
        extraction.note(executionID.fault, of: .plain)
    }

    private func settle(_ slot: HeaderSlot<PlainIdentifier>, _ extraction: inout HeaderExtraction) {
        switch slot.value {
        case .trace(let traceID):
            extraction.setTrace(traceID, parent: nil, flags: .sampled, .unspecified, from: .plain)
        case .correlation(let text):
            extraction.setCorrelationID(text, from: .plain)
        case nil:
            extraction.note(slot.fault, of: .plain)
        }
    }
}
