import ContextPropagation
import Testing

@Suite("Several formats together", .timeLimit(.minutes(10)))
struct CompositeTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let other = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "b7ad6b7169203331"

    private static func traceparent(_ trace: String, _ flags: String = "01") -> HeaderField {
        HeaderField(name: "traceparent", value: "00-\(trace)-\(span)-\(flags)")
    }

    @Test("The first format with a valid trace supplies it, in the order of the codecs and not of the headers")
    func order() {
        let headers = [HeaderField(name: "b3", value: "\(Self.other)-\(Self.span)-1"), Self.traceparent(Self.trace)]
        for (formats, trace, source) in [
            ([HeaderFormat.traceContext, .b3], Self.trace, HeaderFormat.traceContext),
            ([.b3, .traceContext], Self.other, .b3),
        ] {
            let found = HeaderCodecs(formats).extract(from: headers)
            #expect(found.traceID?.description == trace)
            #expect(found.traceOrigin == .format(source))
        }
    }

    @Test("Each part comes from the first format that has it, and the other formats report why they missed")
    func parts() {
        let headers = [
            HeaderField(name: "traceparent", value: "00-\(Self.trace.uppercased())-\(Self.span)-01"),
            HeaderField(name: "tracestate", value: "a=1"), HeaderField(name: "x-b3-traceid", value: Self.trace),
            HeaderField(name: "uber-trace-id", value: "\(Self.other):\(Self.span):0:3"),
            HeaderField(name: "uberctx-tenant", value: "south"), HeaderField(name: "baggage", value: "tenant=north"),
            HeaderField(name: "execution_id", value: "run-1"),
        ]
        let found = HeaderCodecs(HeaderFormat.allCases).extract(from: headers)
        #expect(found.traceID?.description == Self.other && found.traceOrigin == .format(.jaeger))
        #expect(found.traceState == nil && found.isDebug)
        #expect(found.baggage == ["tenant": "north"] && found.baggageOrigin == .format(.baggage))
        #expect(found.executionID == "run-1")
        #expect(
            found.misses.map(\.description) == [
                "tracecontext: upper-case hex", "b3: incomplete", "b3multi: incomplete",
            ]
        )
    }

    @Test("The last, the first or none of several headers is read, and every duplicate is counted")
    func duplicates() {
        let headers = [
            Self.traceparent(Self.trace), Self.traceparent(Self.other), HeaderField(name: "traceparent", value: nil),
        ]
        for (rule, trace) in [(HeaderDuplicates.last, Self.other), (.first, Self.trace), (.restart, nil)] {
            let found = HeaderCodecs([.traceContext], duplicates: rule).extract(from: headers)
            #expect(found.traceID?.description == trace)
            #expect(found.duplicates == 1)
            #expect(found.misses.map(\.fault) == (trace == nil ? [.duplicate] : []))
        }
    }

    @Test("The last header is read even if it is invalid")
    func lastIsInvalid() {
        let headers = [Self.traceparent(Self.trace), HeaderField(name: "traceparent", value: "")]
        let found = HeaderCodecs([.traceContext]).extract(from: headers)
        #expect(found.traceID == nil)
        #expect(found.misses.map(\.fault) == [.tooShort])
    }

    @Test("An event's creation stays beside the trace unchanged, and becomes the trace if there is no other")
    func cloudEvents() throws {
        let creation = HeaderField(name: "ce_traceparent", value: "00-\(Self.other)-\(Self.span)-01")
        var headers = [creation, Self.traceparent(Self.trace)]
        let codecs = HeaderCodecs()
        let found = codecs.extract(from: headers)
        #expect(found.traceID?.description == Self.trace && found.creation?.traceID.description == Self.other)
        codecs.inject(found.receivingContext(process: LogContext()), into: &headers)
        #expect(headers[0] == creation)
        #expect(codecs.extract(from: headers).creation == found.creation)

        let alone = codecs.extract(from: [creation])
        #expect(alone.traceID?.description == Self.other && alone.traceOrigin == .cloudEvents)
        #expect(alone.parentSpanID?.description == Self.span)

        let state = HeaderField(name: "ce_tracestate", value: "a=1")
        #expect(codecs.extract(from: [state, creation]).traceState?.headerValue == "a=1")
        let both = codecs.extract(from: [state, creation, Self.traceparent(Self.trace)])
        #expect(both.traceState == nil && both.creationState?.headerValue == "a=1")
    }

    @Test(
        "A sender's sampling decision is sent on, as far as the format can express it",
        arguments: ["1", "0", "d", nil]
    )
    func sampling(state: String?) {
        let tail = state.map { "-" + $0 } ?? ""
        let found = HeaderCodecs([.b3]).extract(from: ["b3": "\(Self.trace)-\(Self.span)\(tail)"])
        let context = found.receivingContext(process: LogContext())
        var headers: [String: String] = [:]
        HeaderCodecs([.traceContext, .b3, .b3Multi, .jaeger, .xray]).inject(context, into: &headers)
        #expect(headers["b3"] == "\(Self.trace)-\(context.spanID?.description ?? "")\(tail)")
        #expect(headers["X-B3-Flags"] == (state == "d" ? "1" : nil))
        #expect(headers["X-B3-Sampled"] == (state == "d" ? nil : state))
        let isSampled = state == "1" || state == "d"
        #expect(headers["traceparent"]?.hasSuffix(isSampled ? "-01" : "-00") == true)
        #expect(headers["uber-trace-id"]?.hasSuffix(state == "d" ? ":3" : isSampled ? ":1" : ":0") == true)
        let sampled = headers["X-Amzn-Trace-Id"]?.split(separator: "Sampled=").dropFirst().first
        #expect(sampled == (state == nil ? nil : isSampled ? "1" : "0"))
    }

    @Test("A decision against sampling without a trace holds for the new trace", arguments: ["0", "d"])
    func samplingAlone(state: String) {
        let context = HeaderCodecs([.b3]).extract(from: ["b3": state]).receivingContext(process: LogContext())
        var headers: [String: String] = [:]
        HeaderCodecs([.b3]).inject(context, into: &headers)
        #expect(headers["b3"]?.hasSuffix("-\(state)") == true)
    }

    @Test("A B3 decision without a trace holds for the trace of a format that cannot express it, in either order")
    func bareSampling() {
        let plain = HeaderField(name: "trace_id", value: Self.trace)
        let order = HeaderField(name: "correlation_id", value: "order-1")
        let creation = HeaderField(name: "ce_traceparent", value: "00-\(Self.trace)-\(Self.span)-01")
        for formats in [[HeaderFormat.b3, .plain, .traceContext], [.plain, .traceContext, .b3]] {
            for trace in [plain, order, creation] {
                for (state, isSampled) in [("0", false), ("1", true), ("d", true)] {
                    let found = HeaderCodecs(formats).extract(from: [trace, HeaderField(name: "b3", value: state)])
                    #expect(found.traceID != nil || found.correlationID == "order-1")
                    #expect(found.isSampled == isSampled && found.isDebug == (state == "d"))
                    #expect(found.traceFlags.contains(.sampled) == isSampled)
                }
            }
        }
    }

    @Test("A correlation ID beside a trace never takes its place, and an explicit trace_id does")
    func correlationBesideTrace() {
        let creation = HeaderField(name: "ce_traceparent", value: "00-\(Self.trace)-\(Self.span)-01")
        let orders = ["order-7", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"]
        for (name, value) in ["correlation_id", "x-correlation-id"].flatMap({ name in orders.map { (name, $0) } }) {
            let order = HeaderField(name: name, value: value)
            for headers in [[creation, order], [order, creation]] {
                for codecs in [HeaderCodecs(), HeaderCodecs([.traceContext], custom: [HeaderCodecs([.plain])])] {
                    let found = codecs.extract(from: headers)
                    #expect(found.traceID == TraceID(Self.trace) && found.parentSpanID == SpanID(Self.span))
                    #expect(found.correlationID == nil && found.traceOrigin == .cloudEvents)
                }
            }
            let found = HeaderCodecs([.plain, .traceContext]).extract(from: [order, Self.traceparent(Self.trace)])
            #expect(found.traceID == TraceID(Self.trace) && found.parentSpanID == SpanID(Self.span))
            #expect(found.correlationID == nil && found.traceOrigin == .format(.traceContext))
            let alone = HeaderCodecs().extract(from: [order])
            #expect(alone.correlationID == (value == orders[0] ? value : nil))
            #expect(alone.traceID == TraceID(value.replacing("-", with: "")))
        }
        let both = [
            HeaderField(name: "correlation_id", value: orders[0]),
            HeaderField(name: "x-correlation-id", value: orders[1]),
        ]
        for headers in [both, both.reversed()] {
            let found = HeaderCodecs().extract(from: headers)
            #expect(found.correlationID == orders[0] && found.traceID == nil)
        }
        let explicit = HeaderField(name: "trace_id", value: "order-1234")
        for found in [
            HeaderCodecs().extract(from: [explicit, creation]),
            HeaderCodecs([.plain, .traceContext]).extract(from: [explicit, Self.traceparent(Self.trace)]),
        ] {
            #expect(found.correlationID == "order-1234" && found.traceID == nil)
        }
    }

    @Test("The order of the codecs decides between a B3 decision without a trace and a traceparent")
    func bareSamplingAndTraceparent() {
        let headers = [Self.traceparent(Self.trace), HeaderField(name: "b3", value: "0")]
        #expect(HeaderCodecs([.b3, .traceContext]).extract(from: headers).isSampled == false)
        #expect(HeaderCodecs([.traceContext, .b3]).extract(from: headers).isSampled == true)
    }

    @Test("A second format adds to the same span: the parent, the random flag and the tracestate")
    func joins() {
        let headers = [
            Self.traceparent(Self.trace, "03"), HeaderField(name: "tracestate", value: "a=1"),
            HeaderField(name: "b3", value: "\(Self.trace)-\(Self.span)-1"),
            HeaderField(name: "trace_id", value: Self.trace),
        ]
        for first in [HeaderFormat.b3, .plain, .traceContext] {
            let found = HeaderCodecs([first] + HeaderFormat.allCases).extract(from: headers)
            #expect(found.traceOrigin == .format(first))
            #expect(found.parentSpanID?.description == Self.span)
            #expect(found.traceState?.headerValue == "a=1")
            #expect(found.traceFlags == [.sampled, .random])
        }
    }

    @Test("A decision of one format replaces an open decision of another format in the same trace")
    func firmAndOpen() {
        let xray = HeaderField(name: "x-amzn-trace-id", value: "Root=1-0af76519-16cd43dd8448eb211c80319c")
        for (state, isSampled) in [("0", false), ("1", true)] {
            let b3 = HeaderField(name: "b3", value: "\(Self.trace)-\(Self.span)-\(state)")
            #expect(HeaderCodecs([.b3, .xray]).extract(from: [b3, xray]).isSampled == isSampled)
            #expect(HeaderCodecs([.xray, .b3]).extract(from: [b3, xray]).isSampled == isSampled)
        }
        // The traceparent of an open decision has no flag, and does not mean a denial.
        let open = [Self.traceparent(Self.trace, "00"), HeaderField(name: "b3", value: "\(Self.trace)-\(Self.span)")]
        #expect(HeaderCodecs([.b3, .traceContext]).extract(from: open).isSampled == nil)
        #expect(HeaderCodecs([.traceContext, .b3]).extract(from: open).isSampled == nil)
    }

    @Test("No part is taken from another span or another trace")
    func doesNotJoin() {
        for other in ["\(Self.other)-\(Self.span)-1", "\(Self.trace)-00f067aa0ba902b7-1"] {
            let headers = [
                HeaderField(name: "b3", value: other), Self.traceparent(Self.trace, "03"),
                HeaderField(name: "tracestate", value: "a=1"),
            ]
            let found = HeaderCodecs([.b3, .traceContext]).extract(from: headers)
            #expect(found.traceState == nil && found.traceFlags == .sampled)
            #expect(other.hasPrefix("\(found.traceID?.description ?? "")-\(found.parentSpanID?.description ?? "")"))
        }
    }

    @Test(
        "The parts of B3 survive any number of services that also write traceparent",
        arguments: ["-d", "", "-0", "-1"]
    )
    func hops(tail: String) {
        for formats in [[HeaderFormat.traceContext, .b3], [.b3, .traceContext], HeaderFormat.allCases] {
            let codecs = HeaderCodecs(formats)
            var headers = [HeaderField(name: "b3", value: "\(Self.trace)-\(Self.span)\(tail)")]
            for _ in 0..<3 {
                let context = codecs.extract(from: headers).receivingContext(process: LogContext())
                codecs.inject(context, into: &headers)
            }
            let b3 = headers.first { $0.name == "b3" }?.text
            #expect(b3?.count == 49 + tail.count && b3?.hasSuffix(tail) == true)
        }
    }

    @Test("A decision without a trace leaves the random flag of the process's trace")
    func bareSamplingInProcess() {
        let process = LogContext(traceID: .random(), traceFlags: [.sampled, .random])
        for (state, flags) in [("1", TraceFlags([.sampled, .random])), ("0", .random)] {
            let found = HeaderCodecs([.traceContext, .b3]).extract(from: ["b3": state])
            #expect(found.receivingContext(process: process).traceFlags == flags)
        }
    }

    @Test("Jaeger's baggage is sent on byte by byte with names in lower case, by the rule for duplicates")
    func jaegerBaggage() {
        let codecs = HeaderCodecs([.jaeger])
        var headers = [
            HeaderField(name: "uber-trace-id", value: "\(Self.trace):\(Self.span):0:1"),
            HeaderField(name: "uberctx-raw", value: "%FF%zz"), HeaderField(name: "UberCtx-User", value: "a"),
            HeaderField(name: "uberctx-user", value: "b"),
        ]
        for (rule, baggage) in [
            (HeaderDuplicates.last, "raw=%FF%25zz,user=b"), (.first, "raw=%FF%25zz,user=a"), (.restart, nil),
        ] {
            let found = HeaderCodecs([.jaeger], duplicates: rule).extract(from: headers)
            #expect(found.baggage?.headerValue == baggage)
            #expect(found.duplicates == 1)
            #expect(found.misses.map(\.fault) == (baggage == nil ? [.duplicate] : []))
        }
        codecs.inject(codecs.extract(from: headers).receivingContext(process: LogContext()), into: &headers)
        let sent = headers.dropFirst()
        #expect(sent.map { "\($0.name): \($0.text ?? "")" } == ["uberctx-raw: %FF%25zz", "uberctx-user: b"])
        codecs.inject(codecs.extract(from: headers).receivingContext(process: LogContext()), into: &headers)
        #expect(headers.dropFirst() == sent)
    }

    @Test("Every reason is reported, for any number of faulty headers of a format")
    func misses() {
        let headers = [
            HeaderField(name: "trace_id", value: String(repeating: "x", count: 257)),
            HeaderField(name: "correlation_id", value: "a\u{7}"), HeaderField(name: "x-correlation-id", value: [0xFF]),
            HeaderField(name: "execution_id", value: ""), HeaderField(name: "ce_traceparent", value: "00-xyz"),
            HeaderField(name: "tracestate", value: "a=1"),
        ]
        let found = HeaderCodecs().extract(from: headers)
        #expect(
            found.misses.map(\.description) == [
                "tracecontext: without a trace", "plain: too short", "plain: too long", "plain: not UTF-8",
                "plain: control character", "cloudevents: too short",
            ]
        )
    }

    @Test(
        "The random flag passes through, an unknown one does not",
        arguments: [("03", "03"), ("02", "02"), ("ff", "03"), ("fc", "00")]
    )
    func flags(received: String, sent: String) {
        let codecs = HeaderCodecs([.traceContext])
        let found = codecs.extract(from: [Self.traceparent(Self.trace, received)])
        var headers: [String: String] = [:]
        codecs.inject(found.receivingContext(process: LogContext()), into: &headers)
        #expect(headers["traceparent"]?.hasSuffix("-\(sent)") == true)
    }

    /// A user's own format: a header of another name has the trace, and the tenant is baggage.
    private struct TenantTrace: HeaderCodec {
        func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
            var found: String?
            carrier.forEachHeader { name, value in
                guard let value, name.withUnsafeBufferPointer({ $0.elementsEqual("tenant-trace".utf8) }) else { return }
                found = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            }
            guard let found else { return HeaderExtraction() }
            return HeaderExtraction(
                trace: TraceParent(found),
                executionID: "custom",
                baggage: ["tenant": "north"]
            )
        }

        func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
            carrier.removeHeaders { $0.withUnsafeBufferPointer { $0.elementsEqual("tenant-trace".utf8) } }
            guard let traceID = context.traceID, let spanID = context.spanID else { return }
            let value = TraceParent(traceID: traceID, spanID: spanID, traceFlags: context.traceFlags).description
            carrier.appendHeader(name: "tenant-trace", value: value.utf8.span)
        }
    }

    @Test("A user's codec adds the parts that the formats left open, and writes its own header once")
    func customCodec() {
        let codecs = HeaderCodecs([.traceContext], custom: [TenantTrace()])
        let tenant = HeaderField(name: "tenant-trace", value: "00-\(Self.other)-\(Self.span)-00")
        let both = codecs.extract(from: [tenant, Self.traceparent(Self.trace)])
        #expect(both.traceID?.description == Self.trace && both.traceOrigin == .format(.traceContext))
        #expect(both.baggage?["tenant"] == "north" && both.executionID == "custom")
        let alone = codecs.extract(from: [tenant])
        #expect(alone.traceID?.description == Self.other && alone.traceOrigin == .custom)
        #expect(alone.isSampled == false)

        var headers = [tenant]
        let context = alone.receivingContext(process: LogContext())
        codecs.inject(context, into: &headers)
        #expect(headers.map(\.name) == ["traceparent", "tenant-trace"])
        #expect(headers[0].value == headers[1].value)
    }

    /// A user's own format, whose header has the number of an order.
    private struct OrderCodec: HeaderCodec {
        func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
            var found: String?
            carrier.forEachHeader { name, value in
                guard let value, name.withUnsafeBufferPointer({ $0.elementsEqual("x-order".utf8) }) else { return }
                found = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            }
            return HeaderExtraction(correlationID: found)
        }

        func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {}
    }

    @Test(
        "The correlation ID of a user's codec replaces that of request and reply data",
        arguments: ["correlation_id", "x-correlation-id"],
        ["order-7", "1af76519-16cd-43dd-8448-eb211c80319c"]
    )
    func customCorrelationID(name: String, reply: String) {
        let codecs = HeaderCodecs(custom: [OrderCodec()])
        let fields = [HeaderField(name: "x-order", value: "order-17"), HeaderField(name: name, value: reply)]
        let found = codecs.extract(from: fields)
        #expect(found.correlationID == "order-17" && found.traceID == nil && found.traceOrigin == .custom)
        let alone = codecs.extract(from: [HeaderField(name: "x-order", value: "order-17")])
        #expect(found.traceFlags == alone.traceFlags && found.sampling == alone.sampling)
        #expect(found.receivingContext(process: LogContext()).correlationID == "order-17")

        let traced = codecs.extract(from: fields + [Self.traceparent(Self.trace)])
        #expect(traced.traceID?.description == Self.trace && traced.correlationID == nil)
        let plain = codecs.extract(from: fields + [HeaderField(name: "trace_id", value: "order-3")])
        #expect(plain.correlationID == "order-3" && plain.traceOrigin == .format(.plain))
    }

    @Test("A sampling decision without a trace is kept when a correlation ID replaces another one")
    func customCorrelationIDAndSampling() {
        let codecs = HeaderCodecs([.b3, .plain], custom: [OrderCodec()])
        let sampling = [HeaderField(name: "b3", value: "0"), HeaderField(name: "x-order", value: "order-17")]
        let reply = HeaderField(name: "correlation_id", value: Self.other)
        let found = codecs.extract(from: sampling + [reply])
        let alone = codecs.extract(from: sampling)
        #expect(found.correlationID == "order-17" && found.isSampled == false)
        #expect(found.traceFlags == alone.traceFlags && found.sampling == alone.sampling)
    }

    @Test("Codecs can be the custom codec of other codecs, and nothing that they found is lost")
    func nestedCodecs() {
        let codecs = HeaderCodecs([.traceContext], custom: [HeaderCodecs([.b3])])
        let bare = codecs.extract(from: [Self.traceparent("x"), HeaderField(name: "b3", value: "0")])
        #expect(bare.isSampled == false)
        let faulty = codecs.extract(from: [HeaderField(name: "b3", value: "zz"), HeaderField(name: "b3", value: "zz")])
        #expect(faulty.misses.map(\.origin) == [.format(.b3)] && faulty.duplicates == 1)
    }

    @Test("A text that cannot be in a header is not taken from a user's codec")
    func customText() {
        for text in ["", "a\nb", String(repeating: "x", count: 257)] {
            let found = HeaderExtraction(correlationID: text, executionID: text)
            #expect(found.executionID == nil && found.correlationID == nil && found.traceOrigin == nil)
        }
        let found = HeaderExtraction(correlationID: Self.trace.uppercased())
        #expect(found.traceID?.description == Self.trace && found.traceOrigin == .custom)
    }

    @Test("Counters show the number of lists, the formats of their traces, and the reasons for lists without one")
    func counters() {
        let counters = HeaderCodecCounters()
        let codecs = HeaderCodecs([.traceContext, .b3])
        for headers in [[Self.traceparent(Self.trace)], [Self.traceparent("x"), Self.traceparent("y")], []] {
            counters.count(codecs.extract(from: headers))
        }
        let statistics = counters.statistics
        #expect(statistics.extractions == 3 && statistics.withoutTrace == 2 && statistics.duplicates == 1)
        #expect(statistics.traces == [.format(.traceContext): 1])
        #expect(
            statistics.description.hasPrefix(
                "3 lists read; 2 without a trace; 1 duplicates; trace from tracecontext 1; "
            )
        )
        var metrics = OpenMetrics()
        statistics.write(to: &metrics, prefix: "app_", labels: ["topic": "frames"])
        let samples = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                #"app_header_traces_total{format="tracecontext",topic="frames"} 1"#,
                #"app_header_traces_total{format="none",topic="frames"} 2"#,
                #"app_header_duplicates_total{topic="frames"} 1"#,
                #"app_header_dropped_members_total{topic="frames"} 0"#,
                #"app_header_misses_total{format="tracecontext",reason="too short",topic="frames"} 1"#,
            ]
        )
    }
}
