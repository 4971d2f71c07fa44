import ContextPropagation
import Testing

/// A list of headers, with everything that must be found in it. A part that is not given must not be found.
struct HeaderVector: Sendable, CustomTestStringConvertible {
    /// The section of the specification that requires it.
    let section: String
    var headers: [HeaderField]
    var trace: String?
    var parent: String?
    var sampled: Bool?
    var debug = false
    /// The flags that are sent on. By default they follow from `sampled`.
    var flags: UInt8?
    var state: String?
    var baggage: [String]?
    var correlation: String?
    var execution: String?
    var faults: [HeaderFault] = []

    init(
        _ section: String,
        _ headers: KeyValuePairs<String, String?>,
        trace: String? = nil,
        parent: String? = nil,
        sampled: Bool? = nil,
        debug: Bool = false,
        flags: UInt8? = nil,
        state: String? = nil,
        baggage: [String]? = nil,
        correlation: String? = nil,
        execution: String? = nil,
        _ faults: HeaderFault...
    ) {
        self.section = section
        self.headers = headers.map { HeaderField(name: $0.key, value: $0.value.map { Array($0.utf8) }) }
        self.trace = trace
        self.parent = parent
        self.sampled = sampled
        self.debug = debug
        self.flags = flags
        self.state = state
        self.baggage = baggage
        self.correlation = correlation
        self.execution = execution
        self.faults = faults
    }

    init(_ section: String, bytes: [UInt8], in name: String, _ fault: HeaderFault) {
        self.section = section
        headers = [HeaderField(name: name, value: bytes)]
        faults = [fault]
    }

    var testDescription: String {
        let text = headers.map { "\($0.name): \(($0.text ?? "null").prefix(100))" }.joined(separator: " | ")
        return "\(section): \(text)"
    }

    func check(_ codecs: HeaderCodecs, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = codecs.extract(from: headers)
        #expect(found.traceID?.description == trace, sourceLocation: sourceLocation)
        #expect(found.parentSpanID?.description == parent, sourceLocation: sourceLocation)
        #expect(found.isSampled == sampled, sourceLocation: sourceLocation)
        #expect(found.isDebug == debug, sourceLocation: sourceLocation)
        if let flags { #expect(found.traceFlags.rawValue == flags, sourceLocation: sourceLocation) }
        #expect(found.traceState?.headerValue == state, sourceLocation: sourceLocation)
        #expect(found.baggage?.members.map { "\($0.name)=\($0.value)" } == baggage, sourceLocation: sourceLocation)
        #expect(found.correlationID == correlation, sourceLocation: sourceLocation)
        #expect(found.executionID == execution, sourceLocation: sourceLocation)
        #expect(found.misses.map(\.fault) == faults, sourceLocation: sourceLocation)
    }
}
