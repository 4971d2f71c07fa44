import ContextPropagation
import TestSupport
import Testing

/// A list in the form in which it is passed on is read in one go, and every other list part by part. White space in
/// front of a list changes nothing but that.
@Suite("Lists in headers", .timeLimit(.minutes(10)))
struct ListReadingTests {
    private static let parts = [
        "a", "b9", "_", "@", "/", "=", "==", "a=1", "k=v", ",", ";", " ", "\t", "%20", "é", "+",
    ]

    @Test("White space in front of a tracestate changes neither the entries nor the validity")
    func tracestate() {
        var generator = SplitMix(state: 41)
        var valid = 0
        for _ in 0..<30_000 {
            let text = Self.text(&generator)
            let state = TraceState(text)
            #expect(state == TraceState(" " + text), "\(text)")
            if let state {
                valid += 1
                #expect(TraceState(state.headerValue) == state, "\(text)")
            }
        }
        #expect(valid > 1000)
    }

    @Test("White space in front of baggage changes no member")
    func baggage() {
        var generator = SplitMix(state: 42)
        var valid = 0
        for _ in 0..<30_000 {
            let text = Self.text(&generator)
            let baggage = Baggage(text)
            #expect(baggage?.headerValue == Baggage(" " + text)?.headerValue, "\(text)")
            if let baggage {
                valid += 1
                #expect(Baggage(baggage.headerValue)?.headerValue == baggage.headerValue, "\(text)")
            }
        }
        #expect(valid > 1000)
    }

    @Test(
        "Several headers are one list, whichever of them has white space",
        arguments: ["a=1", " a=1", "a=1 ", "a=1,"]
    )
    func joined(first: String) {
        for name in ["tracestate", "baggage"] {
            let headers = [
                HeaderField(name: "traceparent", value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                HeaderField(name: name, value: first), HeaderField(name: name, value: "b=2"),
                HeaderField(name: name, value: " c=3"),
            ]
            let found = HeaderCodecs().extract(from: headers)
            let value = name == "baggage" ? found.baggage?.headerValue : found.traceState?.headerValue
            #expect(value == "a=1,b=2,c=3")
        }
    }

    @Test("A fault in a later header makes the whole tracestate void")
    func fault() {
        let headers = [
            HeaderField(name: "traceparent", value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            HeaderField(name: "tracestate", value: "a=1"), HeaderField(name: "tracestate", value: "b"),
        ]
        let found = HeaderCodecs().extract(from: headers)
        #expect(found.traceState == nil && found.traceID != nil && found.misses.count == 1)
    }

    private static func text(_ generator: inout SplitMix) -> String {
        (0..<Int(generator.next() % 10)).map { _ in parts[Int(generator.next() % UInt64(parts.count))] }.joined()
    }
}
