import ContextPropagation
import Testing

/// One case of the W3C's conformance suite (github.com/w3c/trace-context, test/test.py, specification level 2), with
/// its name there. It has the requests to a service, and the headers that the service's own call must have.
struct W3CSuiteCase: Sendable, CustomTestStringConvertible {
    struct Request: Sendable {
        let headers: [HeaderField]
        /// Whether the call continues the trace. If not, it starts a new one.
        let isContinued: Bool
        /// The tracestate of the call; nil for none.
        let state: String?
        /// The flags of the call, if the case requires any.
        var flags: UInt8?
    }

    let name: String
    let requests: [Request]
    /// The number of calls that the service makes for one request.
    var calls = 1

    var testDescription: String { name }

    init(_ name: String, calls: Int = 1, _ requests: Request...) {
        self.name = name
        self.requests = requests
        self.calls = calls
    }
}

extension W3CSuiteCase.Request {
    static let traceID = "12345678901234567890123456789012"
    static let parent = "00-\(traceID)-1234567890123456-00"

    /// Headers that start a new trace.
    static func new(_ headers: KeyValuePairs<String, String>) -> Self {
        Self(headers: fields(headers), isContinued: false, state: nil)
    }

    /// One `traceparent` that starts a new trace.
    static func new(_ traceparent: String) -> Self { new(["traceparent": traceparent]) }

    /// Headers whose trace the call continues.
    static func same(_ headers: KeyValuePairs<String, String>, state: String? = nil, flags: UInt8? = nil) -> Self {
        Self(headers: fields(headers), isContinued: true, state: state, flags: flags)
    }

    /// One `traceparent` whose trace the call continues.
    static func same(_ traceparent: String, flags: UInt8? = nil) -> Self {
        same(["traceparent": traceparent], flags: flags)
    }

    /// A valid `traceparent` together with these `tracestate` headers.
    static func state(_ values: String..., becomes state: String?) -> Self {
        let states = values.map { HeaderField(name: "tracestate", value: $0) }
        return Self(headers: fields(["traceparent": parent]) + states, isContinued: true, state: state)
    }

    private static func fields(_ headers: KeyValuePairs<String, String>) -> [HeaderField] {
        headers.map { HeaderField(name: $0.key, value: $0.value) }
    }
}
