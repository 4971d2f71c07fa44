import ContextPropagation
import Testing

@Suite("Baggage across formats and limits", .timeLimit(.minutes(10)))
struct BaggageLimitTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private let traceparent = HeaderField(name: "traceparent", value: "00-\(trace)-b7ad6b7169203331-01")

    private func next(_ headers: [HeaderField], _ formats: [HeaderFormat]) -> [HeaderField] {
        let codecs = HeaderCodecs(formats)
        var sent = headers
        codecs.inject(codecs.extract(from: headers).receivingContext(process: LogContext()), into: &sent)
        return sent
    }

    @Test("The first 64 members of a longer list reach the next service")
    func members() {
        let list = (0..<100).map { "key\($0)=v" }
        let received = [traceparent, HeaderField(name: "baggage", value: list.joined(separator: ","))]
        let sent = next(received, [.traceContext, .baggage])
        #expect(sent.first { $0.name == "baggage" }?.text == list.prefix(64).joined(separator: ","))
    }

    @Test("A value from Jaeger has every percent sign and plus sign encoded in W3C's header")
    func jaegerToW3C() {
        let received = [
            HeaderField(name: "uber-trace-id", value: "\(Self.trace):b7ad6b7169203331:0:1"),
            HeaderField(name: "uberctx-load", value: "100%"), HeaderField(name: "uberctx-sum", value: "1+1%2B1"),
        ]
        let found = HeaderCodecs([.jaeger]).extract(from: received)
        #expect(found.baggage?["load"] == "100%" && found.baggage?["sum"] == "1+1+1")
        var sent: [HeaderField] = []
        HeaderCodecs([.baggage]).inject(found.receivingContext(process: LogContext()), into: &sent)
        #expect(sent.map(\.text) == ["load=100%25,sum=1%2B1%2B1"])
    }

    @Test("A plus sign that the program sets is written as %2B, because OpenTelemetry in Python reads + as a blank")
    func plus() {
        let baggage: Baggage = ["sum": "1+1"]
        #expect(baggage.headerValue == "sum=1%2B1" && baggage["sum"] == "1+1")
    }

    @Test("A plus sign from W3C's header is sent on unchanged")
    func receivedPlus() {
        let sent = next([traceparent, HeaderField(name: "baggage", value: "a=1+1")], [.traceContext, .baggage])
        #expect(sent.last?.text == "a=1+1")
    }

    @Test(
        "Properties and the case of names survive any number of services that also write Jaeger's baggage",
        arguments: [[HeaderFormat.jaeger, .baggage], [.baggage, .jaeger]]
    )
    func hops(formats: [HeaderFormat]) {
        let baggage = "Tenant=north;ttl=3,gate=%D7%A0+1"
        var headers = [traceparent, HeaderField(name: "baggage", value: baggage)]
        headers = next(headers, [.traceContext] + formats)
        for _ in 0..<3 {
            #expect(headers.first { $0.name == "baggage" }?.text == baggage)
            #expect(headers.first { $0.name == "uberctx-tenant" }?.text == "north")
            headers = next(headers, formats)
        }
    }

    @Test("A later format does not replace different baggage of Jaeger")
    func otherBaggage() {
        let headers = [
            HeaderField(name: "uberctx-tenant", value: "south"), HeaderField(name: "baggage", value: "Tenant=north;p"),
        ]
        #expect(HeaderCodecs([.jaeger, .baggage]).extract(from: headers).baggage?["tenant"] == "south")
    }
}
