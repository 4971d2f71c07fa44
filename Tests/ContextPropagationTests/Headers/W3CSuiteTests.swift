import ContextPropagation
import Testing

@Suite("The W3C's conformance suite", .timeLimit(.minutes(10)))
struct W3CSuiteTests {
    @Test("A call on behalf of a request has the headers that the suite requires", arguments: W3CSuite.cases)
    func propagates(_ suiteCase: W3CSuiteCase) throws {
        for request in suiteCase.requests {
            var parents: Set<SpanID> = []
            for _ in 0..<suiteCase.calls {
                let outgoing = propagate(request.headers)
                #expect(outgoing.count { $0.name.lowercased() == "traceparent" } == 1)
                #expect(outgoing.count { $0.name.lowercased() == "tracestate" } == (request.state == nil ? 0 : 1))
                let text = try #require(outgoing.first { $0.name == "traceparent" }?.text)
                let parent = try #require(TraceParent(text), "\(text)")
                #expect((parent.traceID.description == W3CSuiteCase.Request.traceID) == request.isContinued)
                #expect(parent.spanID.description != "1234567890123456")
                #expect(outgoing.first { $0.name == "tracestate" }?.text == request.state)
                if let flags = request.flags { #expect(parent.traceFlags.rawValue == flags) }
                parents.insert(parent.spanID)
            }
            #expect(parents.count == suiteCase.calls)
        }
    }

    @Test("The suite has all 41 cases")
    func count() {
        #expect(Set(W3CSuite.cases.map(\.name)).count == 41)
    }

    /// The headers of a call, as `header-filter propagate --codecs tracecontext,baggage --duplicates restart` makes
    /// them.
    private func propagate(_ incoming: [HeaderField]) -> [HeaderField] {
        let codecs = HeaderCodecs([.traceContext, .baggage], duplicates: .restart)
        var outgoing = incoming
        codecs.inject(codecs.extract(from: incoming).receivingContext(process: LogContext()), into: &outgoing)
        return outgoing
    }
}
