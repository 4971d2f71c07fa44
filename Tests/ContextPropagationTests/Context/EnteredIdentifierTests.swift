import ContextPropagation
import Testing

/// A correlation ID or an execution ID from the program is checked by the same rules as one from a header or a
/// variable.
@Suite("Identifiers that a program sets", .timeLimit(.minutes(10)))
struct EnteredIdentifierTests {
    static let unreadable = [
        "", "a\r\nX-Injected: 1", "a\u{0}b", "\u{85}", "\u{7F}", String(repeating: "x", count: 257),
    ]

    @Test("A text that no reader accepts is left out", arguments: unreadable)
    func refused(text: String) {
        let context = LogContext(correlationID: text, executionID: text)
        #expect(context.correlationID == nil && context.executionID == nil)
        var headers: [HeaderField] = []
        HeaderCodecs().inject(context, into: &headers)
        #expect(headers.isEmpty)
        #expect(LogContext.newTrace(executionID: text).executionID == nil)
    }

    @Test(
        "A text is kept if the next service reads it",
        arguments: ["order-1234", "é", String(repeating: "x", count: 256)]
    )
    func kept(text: String) {
        let context = LogContext(correlationID: text, executionID: text)
        var headers: [HeaderField] = []
        HeaderCodecs().inject(context, into: &headers)
        let found = HeaderCodecs().extract(from: headers)
        #expect(found.correlationID == text && found.executionID == text && found.misses.isEmpty)
    }

    @Test("A correlation ID in the form of a trace ID becomes the trace ID, and zeros are no ID")
    func traceID() {
        let digits = "0af7651916cd43dd8448eb211c80319c"
        for text in [digits, digits.uppercased(), "0af76519-16cd-43dd-8448-eb211c80319c"] {
            let context = LogContext(correlationID: text)
            #expect(context.traceID?.description == digits && context.correlationID == nil && context.spanID != nil)
        }
        let zeros = LogContext(correlationID: String(repeating: "0", count: 32))
        #expect(zeros.traceID == nil && zeros.correlationID == nil)
    }
}
