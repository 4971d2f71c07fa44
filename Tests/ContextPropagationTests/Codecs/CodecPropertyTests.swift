import ContextPropagation
import Testing

/// Facts that hold for any input, tried on many; the generator's seed makes a failure come back.
@Suite("Properties of the header codecs")
struct CodecPropertyTests {
    private static let names = [
        "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags",
        "uber-trace-id", "uberctx-key", "x-amzn-trace-id", "trace_id", "execution_id", "correlation_id", "other",
    ]
    private static let every = HeaderCodecs([.traceContext, .baggage, .b3, .b3Multi, .jaeger, .xray, .plain])

    @Test("What is injected is what is extracted, for any format with a trace", arguments: [0, 1, 2, 3, 4])
    func identity(format: Int) throws {
        let format: HeaderFormat = [.traceContext, .b3, .b3Multi, .jaeger, .xray][format]
        let codecs = HeaderCodecs([format])
        for _ in 0..<500 {
            let context = LogContext(traceID: .random(), flags: Bool.random() ? .sampled : [])
            var headers: [HeaderField] = []
            codecs.inject(context, into: &headers)
            let found = codecs.extract(from: headers).receivingContext(process: LogContext())
            #expect(found.traceID == context.traceID)
            #expect(found.parentSpanID == context.spanID)
            #expect(found.traceFlags == context.traceFlags)
        }
    }

    @Test(
        "Whatever headers are there before, injecting leaves each trace header once, and the application's as they were"
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

    @Test("No bytes under any name trap, and a context comes of them all the same")
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

    /// Something near what a format wants.
    private static func value(_ generator: inout SplitMix) -> String {
        let alphabet = Array("0123456789abcdef0123456789abcdef-:=;,%+ ")
        let start = ["00-", "01-", "ff-", "1-", "Root=1-", "", "k="].randomElement(using: &generator) ?? ""
        let count = Int.random(in: 0..<70, using: &generator)
        return start + String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "0" })
    }
}
