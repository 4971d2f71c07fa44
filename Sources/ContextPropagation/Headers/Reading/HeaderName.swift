/// The headers that the formats of this module read and write.
enum HeaderName {
    case traceparent
    case tracestate
    case baggage
    case b3
    case b3TraceID
    case b3SpanID
    case b3Sampled
    case b3Flags
    case b3Other
    case jaeger
    case jaegerBaggage
    case xray
    case datadogTraceID
    case datadogParentID
    case datadogPriority
    case datadogTags
    case otTraceID
    case otSpanID
    case otSampled
    case otBaggage
    case traceID
    case executionID
    case correlationID
    case xCorrelationID
    case cloudEventsTraceparent
    case cloudEventsTracestate
    /// A header of a tracing system that no format of this module reads. An injected context replaces its trace, too.
    case foreign

    /// The header of this name, in any ASCII case. The result is nil for any other name.
    @inline(__always)
    init?(_ name: Span<UInt8>) {
        // Most other headers fail here: no name has their length, or the first letter differs.
        switch name.count {
        case 2 where name.hasPrefixCaseInsensitively("b3"): self = .b3
        case 7 where name.hasPrefixCaseInsensitively("baggage"): self = .baggage
        case 8 where name.hasPrefixCaseInsensitively("trace_id"): self = .traceID
        case 10 where name.hasPrefixCaseInsensitively("tracestate"): self = .tracestate
        case 11 where name.hasPrefixCaseInsensitively("traceparent"): self = .traceparent
        case 12 where name.hasPrefixCaseInsensitively("execution_id"): self = .executionID
        case 13 where name.hasPrefixCaseInsensitively("uber-trace-id"): self = .jaeger
        case 13 where name.hasPrefixCaseInsensitively("ce_tracestate"): self = .cloudEventsTracestate
        case 14 where name.hasPrefixCaseInsensitively("correlation_id"): self = .correlationID
        case 14 where name.hasPrefixCaseInsensitively("ce_traceparent"): self = .cloudEventsTraceparent
        case 15 where name.hasPrefixCaseInsensitively("x-amzn-trace-id"): self = .xray
        case 16 where name.hasPrefixCaseInsensitively("x-correlation-id"): self = .xCorrelationID
        case 6... where name.hasPrefixCaseInsensitively("x-b3-"): self = Self.b3Multi(name)
        case 9... where name.hasPrefixCaseInsensitively("uberctx-"): self = .jaegerBaggage
        case 3...:
            // Most names differ in the first letter.
            switch name[0] | 0x20 {
            case UInt8(ascii: "s"), UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "o"):
                guard let rare = Self.rare(name) else { return nil }
                self = rare
            default: return nil
            }
        default: return nil
        }
    }

    @inline(never)
    private static func b3Multi(_ name: Span<UInt8>) -> HeaderName {
        switch name.count {
        case 10 where name.hasPrefixCaseInsensitively("x-b3-flags"): .b3Flags
        case 11 where name.hasPrefixCaseInsensitively("x-b3-spanid"): .b3SpanID
        case 12 where name.hasPrefixCaseInsensitively("x-b3-traceid"): .b3TraceID
        case 12 where name.hasPrefixCaseInsensitively("x-b3-sampled"): .b3Sampled
        default: .b3Other
        }
    }

    /// The headers of SkyWalking, Google Cloud, gRPC, Datadog and OpenTracing.
    @inline(never)
    private static func rare(_ name: Span<UInt8>) -> HeaderName? {
        switch name[0] | 0x20 {
        case UInt8(ascii: "s"):
            name.isCaseInsensitively("sw8") || name.isCaseInsensitively("sw8-x")
                || name.isCaseInsensitively("sw8-correlation") ? .foreign : nil
        case UInt8(ascii: "g"):
            name.isCaseInsensitively("grpc-trace-bin") ? .foreign : nil
        case UInt8(ascii: "o"):
            openTracing(name)
        default:
            datadog(name)
        }
    }

    private static func openTracing(_ name: Span<UInt8>) -> HeaderName? {
        if name.isCaseInsensitively("ot-tracer-traceid") { return .otTraceID }
        if name.isCaseInsensitively("ot-tracer-spanid") { return .otSpanID }
        if name.isCaseInsensitively("ot-tracer-sampled") { return .otSampled }
        return name.count > 11 && name.hasPrefixCaseInsensitively("ot-baggage-") ? .otBaggage : nil
    }

    private static func datadog(_ name: Span<UInt8>) -> HeaderName? {
        if name.isCaseInsensitively("x-datadog-trace-id") { return .datadogTraceID }
        if name.isCaseInsensitively("x-datadog-parent-id") { return .datadogParentID }
        if name.isCaseInsensitively("x-datadog-sampling-priority") { return .datadogPriority }
        if name.isCaseInsensitively("x-datadog-tags") { return .datadogTags }
        return name.isCaseInsensitively("x-datadog-origin") || name.isCaseInsensitively("x-cloud-trace-context")
            ? .foreign : nil
    }

    /// The formats that read this header.
    var readers: HeaderFormatSet {
        switch self {
        case .traceparent, .tracestate, .cloudEventsTraceparent, .cloudEventsTracestate: .traceContext
        case .baggage: .baggage
        case .b3, .b3TraceID, .b3SpanID, .b3Sampled, .b3Flags: .b3
        case .b3Other, .foreign: []
        case .jaeger, .jaegerBaggage: .jaeger
        case .xray: .xray
        case .datadogTraceID, .datadogParentID, .datadogPriority, .datadogTags: .datadog
        case .otTraceID, .otSpanID, .otSampled, .otBaggage: .ottrace
        case .traceID, .executionID, .correlationID, .xCorrelationID: .plain
        }
    }

    /// Whether an injected context replaces this header. Every trace is replaced, in any format, so that no stale one
    /// is left. Baggage is replaced by the formats that write it. `correlation_id` and `x-correlation-id` are request
    /// and reply data in many systems, and the trace of CloudEvents belongs to the creation of the event.
    func isReplaced(by formats: HeaderFormatSet) -> Bool {
        switch self {
        case .traceparent, .tracestate, .b3, .b3TraceID, .b3SpanID, .b3Sampled, .b3Flags, .b3Other, .jaeger, .xray,
            .datadogTraceID, .datadogParentID, .datadogPriority, .datadogTags, .otTraceID, .otSpanID, .otSampled,
            .traceID,
            .executionID, .foreign:
            true
        case .baggage, .jaegerBaggage, .otBaggage:
            !formats.isDisjoint(with: readers)
        case .correlationID, .xCorrelationID, .cloudEventsTraceparent, .cloudEventsTracestate:
            false
        }
    }
}
