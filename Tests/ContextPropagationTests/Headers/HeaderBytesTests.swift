import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Headers of records as bytes", .timeLimit(.minutes(10)))
struct HeaderBytesTests {
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let names = [
        "traceparent", "tracestate", "baggage", "b3", "trace_id", "execution_id", "correlation_id", "ce_traceparent",
        "ce_tracestate", "uberctx-user", "other", "",
    ]
    private static let values: [String?] = [
        nil, "", trace, "a=1", "order-1234", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        String(repeating: "x", count: 40), String(repeating: "é", count: 20),
    ]

    @Test("A record's context is that of its list of headers", arguments: 0..<4)
    func sameContext(seed: UInt64) {
        let codecs = HeaderCodecs(HeaderFormat.allCases)
        var random = SplitMix(state: seed)
        for _ in 0..<300 {
            let headers = Self.headers(&random)
            let found = codecs.extract(from: headers)
            let expected = found.receivingContext()
            let context = Self.withBytes(of: headers) { bytes in
                codecs.receivingContext(from: bytes) { inPlace, context in
                    #expect(inPlace.pointee.misses == found.misses)
                    #expect(inPlace.pointee.traceOrigin == found.traceOrigin)
                }
            }
            #expect((context.traceID == expected.traceID) || found.traceID == nil, "\(headers)")
            #expect((context.spanID == nil) == (expected.spanID == nil), "\(headers)")
            #expect(context.parentSpanID == expected.parentSpanID, "\(headers)")
            #expect(context.traceFlags == expected.traceFlags, "\(headers)")
            #expect(context.traceState == expected.traceState, "\(headers)")
            #expect(context.baggage == expected.baggage, "\(headers)")
            #expect(context.correlationID == expected.correlationID, "\(headers)")
            #expect(context.executionID == expected.executionID, "\(headers)")
        }
    }

    @Test("An extraction with a text or a list is freed as a whole", arguments: 0..<4)
    func ownsObjects(seed: UInt64) {
        let codecs = HeaderCodecs(HeaderFormat.allCases)
        var random = SplitMix(state: seed)
        var owners = 0
        for _ in 0..<300 {
            let headers = Self.headers(&random)
            let found = codecs.extract(from: headers)
            let hasObject =
                found.traceState != nil || found.baggage != nil || found.correlationID != nil
                || found.creationState != nil || (found.executionID?.utf8.count ?? 0) > 39
            #expect(found.ownsObjects || !hasObject, "\(headers)")
            owners += hasObject ? 1 : 0
        }
        #expect(owners > 30)
        let plain = codecs.extract(from: [HeaderField(name: "traceparent", value: Self.trace)])
        #expect(!plain.ownsObjects)
    }

    @Test("The caller can replace the context")
    func replaced() {
        let other = LogContext.newTrace()
        let context = Self.withBytes(of: [HeaderField(name: "traceparent", value: Self.trace)]) { bytes in
            HeaderCodecs().receivingContext(from: bytes) { found, context in
                #expect(context.traceID == found.pointee.traceID && context.parentSpanID != nil)
                context = other
            }
        }
        #expect(context.spanID == other.spanID)
    }

    private static func headers(_ random: inout SplitMix) -> [HeaderField] {
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in
            let value = values.randomElement(using: &random) ?? nil
            return HeaderField(
                name: names.randomElement(using: &random) ?? "",
                value: value.map { Array($0.utf8) }
            )
        }
    }

    private static func withBytes<Result>(of headers: [HeaderField], _ body: (HeaderBytes) -> Result) -> Result {
        var bytes: [UInt8] = []
        for header in headers {
            withUnsafeBytes(of: Int32(header.name.utf8.count)) { bytes += $0 }
            withUnsafeBytes(of: header.value.map { Int32($0.count) } ?? -1) { bytes += $0 }
            bytes += Array(header.name.utf8) + (header.value ?? [])
        }
        // An empty array may have no address.
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress.unsafelyUnwrapped
            return body(HeaderBytes(start: start, end: start + buffer.count - 1))
        }
    }
}
