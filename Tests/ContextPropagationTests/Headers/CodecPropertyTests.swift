import ContextPropagation
import TestSupport
import Testing

/// Facts that hold for every input, tested with many random ones. The generator's seed makes a failure reproducible.
@Suite("Properties of the header codecs", .timeLimit(.minutes(10)))
struct CodecPropertyTests {
    private static let names = [
        "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags",
        "uber-trace-id", "uberctx-key", "x-amzn-trace-id", "x-datadog-trace-id", "x-datadog-parent-id",
        "x-datadog-sampling-priority", "x-datadog-tags", "ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled",
        "ot-baggage-key", "trace_id", "execution_id", "correlation_id", "other",
    ]
    private static let every = HeaderCodecs(HeaderFormat.allCases)

    @Test("Every context is extracted as it was injected, as far as the formats can express it")
    func identity() {
        var generator = SplitMix(state: 3)
        for _ in 0..<5_000 {
            let formats = HeaderFormat.allCases.filter { _ in Bool.random(using: &generator) }.shuffled(
                using: &generator
            )
            let codecs = HeaderCodecs(formats)
            let context = Self.context(&generator)
            var headers: [HeaderField] = []
            codecs.inject(context, into: &headers)
            let extraction = codecs.extract(from: headers)
            let found = extraction.receivingContext(process: LogContext())
            #expect(extraction.misses.isEmpty && extraction.duplicates == 0)

            let tells = Set(formats)
            let tellsTrace = !tells.isDisjoint(
                with: [.traceContext, .b3, .b3Multi, .jaeger, .xray, .xrayLambda, .datadog]
            )
            if tells.contains(.ottrace) {
                #expect(found.traceID?.low == context.traceID?.low && found.parentSpanID == context.spanID)
            }
            if tellsTrace {
                #expect(found.traceID == context.traceID && found.parentSpanID == context.spanID)
                #expect(found.traceFlags.contains(.sampled) == context.traceFlags.contains(.sampled))
            }
            if tells.contains(.traceContext) {
                #expect(found.traceFlags == context.traceFlags && found.traceState == context.traceState)
            }
            if !tells.isDisjoint(with: [.b3, .b3Multi, .datadog]) {
                #expect(found.isSampled == context.isSampled && found.isDebug == context.isDebug)
            }
            if !tells.isDisjoint(with: [.baggage, .jaeger, .ottrace]), found.traceID == context.traceID {
                #expect(found.baggage == context.baggage)
            }
            if tells.contains(.plain) {
                #expect(found.traceID == context.traceID && found.executionID == context.executionID)
            }
        }
    }

    /// Makes a context with random parts, as a service upstream may send it.
    static func context(_ generator: inout SplitMix) -> LogContext {
        let trace = TraceID(high: generator.next(), low: generator.next() | 1)?.description ?? ""
        let span = SpanID(bits: generator.next() | 1)?.description ?? ""
        let sampling = ["-0", "-1", "-d", ""].randomElement(using: &generator) ?? ""
        var headers = [
            HeaderField(name: "b3", value: "\(trace)-\(span)\(sampling)"),
            HeaderField(name: "execution_id", value: "run-\(generator.next())"),
        ]
        if Bool.random(using: &generator) {
            let flags = (sampling == "-1" || sampling == "-d" ? 1 : 0) + (Bool.random(using: &generator) ? 2 : 0)
            headers.append(HeaderField(name: "traceparent", value: "00-\(trace)-\(span)-0\(flags)"))
            headers.append(HeaderField(name: "tracestate", value: "k\(generator.next())=v"))
        }
        for _ in 0..<Int.random(in: 0..<4, using: &generator) {
            let value = ["north", "%20%2C", "", "%D7%A0", "a=b"].randomElement(using: &generator) ?? ""
            headers.append(HeaderField(name: "baggage", value: "key\(generator.next())=\(value)"))
        }
        return every.extract(from: headers).receivingContext(process: LogContext())
    }

    @Test(
        "An inject leaves each trace header once and the application's headers unchanged, for any earlier headers"
    )
    func replaces() {
        var generator = SplitMix(state: 1)
        for _ in 0..<1000 {
            var headers: [HeaderField] = []
            for _ in 0..<Int.random(in: 0..<20, using: &generator) {
                let name = Self.names.randomElement(using: &generator) ?? ""
                headers.append(HeaderField(name: name, value: Self.value(&generator)))
            }
            let others = headers.filter { $0.name == "other" || $0.name == "correlation_id" }.map(\.value)
            let context = LogContext(traceID: .random(), executionID: "run")
            Self.every.inject(context, into: &headers)
            let names = headers.map(\.name).filter { $0 != "other" && $0 != "correlation_id" }
            #expect(Set(names).count == names.count)
            #expect(headers.filter { $0.name == "other" || $0.name == "correlation_id" }.map(\.value) == others)
            let found = Self.every.extract(from: headers).receivingContext(process: LogContext())
            #expect(found.traceID == context.traceID)
        }
    }

    @Test("No bytes in any header trap, and every list of headers gives a context")
    func anyBytes() {
        var generator = SplitMix(state: 2)
        for _ in 0..<20_000 {
            var headers: [HeaderField] = []
            for _ in 0..<Int.random(in: 1..<6, using: &generator) {
                let count = Int.random(in: 0..<80, using: &generator)
                let value: [UInt8]? =
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: nil
                    case 1: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    default: Array(Self.value(&generator).utf8)
                    }
                headers.append(HeaderField(name: Self.names.randomElement(using: &generator) ?? "", value: value))
            }
            let found = Self.every.extract(from: headers).receivingContext(process: LogContext())
            #expect(found.traceID != nil || found.correlationID != nil)
        }
    }

    /// Makes a value that is close to a valid one.
    private static func value(_ generator: inout SplitMix) -> String {
        let alphabet = Array("0123456789abcdef0123456789abcdef-:=;,%+ ")
        let start = ["00-", "01-", "ff-", "1-", "Root=1-", "", "k="].randomElement(using: &generator) ?? ""
        let count = Int.random(in: 0..<70, using: &generator)
        return start + String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "0" })
    }
}
