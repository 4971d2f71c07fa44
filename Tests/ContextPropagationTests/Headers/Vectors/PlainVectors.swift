import ContextPropagation

/// Vectors for the plain headers, by this module's own rules (see `LogContext.process`).
enum PlainVectors {
    static let trace = "0af7651916cd43dd8448eb211c80319c"

    static let all: [HeaderVector] = [
        .init("32 digits", ["trace_id": trace], trace: trace, flags: 1),
        .init("32 digits", ["TRACE_ID": "0AF7651916CD43DD8448EB211C80319C"], trace: trace),
        .init("a UUID", ["trace_id": "0af76519-16cd-43dd-8448-eb211c80319c"], trace: trace),
        .init("a UUID", ["Trace_Id": "0AF76519-16CD-43DD-8448-EB211C80319C"], trace: trace),
        .init("any other text", ["trace_id": "order-1234"], correlation: "order-1234"),
        .init("any other text", ["trace_id": "b7ad6b7169203331"], correlation: "b7ad6b7169203331"),
        .init(
            "any other text",
            ["trace_id": "0af7651916cd43dd8448eb211c80319g"],
            correlation: "0af7651916cd43dd8448eb211c80319g"
        ),
        .init(
            "any other text",
            ["trace_id": "0af7651-916cd-43dd-8448-eb211c80319c"],
            correlation: "0af7651-916cd-43dd-8448-eb211c80319c"
        ),
        .init("any other text", ["trace_id": "הזמנה 7 🚢"], correlation: "הזמנה 7 🚢"),
        .init("any other text", ["trace_id": " x "], correlation: " x "),
        .init("any other text", ["trace_id": "N/A"], correlation: "N/A"),
        .init(
            "256 bytes",
            ["trace_id": String(repeating: "x", count: 256)],
            correlation: String(repeating: "x", count: 256)
        ),
        .init("over 256 bytes", ["trace_id": String(repeating: "x", count: 257)], .tooLong),
        .init("empty", ["trace_id": ""], .tooShort),
        .init("null", ["trace_id": nil, "execution_id": nil]),
        .init("zeros", ["trace_id": "00000000000000000000000000000000"], .zeroTraceID),
        .init("zeros", ["trace_id": "00000000-0000-0000-0000-000000000000"], .zeroTraceID),
        .init("control character", ["trace_id": "a\nb"], .controlCharacter),
        .init("control character", ["trace_id": "a\0"], .controlCharacter),
        .init("control character", ["trace_id": "\u{1B}[2J"], .controlCharacter),
        .init("control character", ["trace_id": "a\u{7F}"], .controlCharacter),
        .init("control character", ["trace_id": "a\u{85}b"], .controlCharacter),
        .init("not UTF-8", bytes: [0x61, 0xFF], in: "trace_id", .notText),
        .init("not UTF-8", bytes: [0xC3], in: "trace_id", .notText),
        .init("not UTF-8", bytes: [0xED, 0xA0, 0x80], in: "trace_id", .notText),
        .init("not UTF-8", bytes: [0xC2], in: "trace_id", .notText),
        .init("correlation_id", ["correlation_id": trace], trace: trace),
        .init("correlation_id", ["Correlation_ID": "reply-7"], correlation: "reply-7"),
        .init("x-correlation-id", ["X-Correlation-ID": "reply-8"], correlation: "reply-8"),
        .init(
            "the order of names",
            ["x-correlation-id": "c", "correlation_id": "b", "trace_id": "a"],
            correlation: "a"
        ),
        .init("the order of names", ["x-correlation-id": "c", "correlation_id": "b"], correlation: "b"),
        .init("the next name", ["trace_id": "a\tb", "correlation_id": "b"], correlation: "b", .controlCharacter),
        .init(
            "the next name",
            ["trace_id": "00000000000000000000000000000000", "x-correlation-id": "c"],
            correlation: "c",
            .zeroTraceID
        ),
        .init("the last header", ["trace_id": "a", "trace_id": "b"], correlation: "b"),
        .init("execution", ["execution_id": "4LRT2TBcHcnXs5nW0IYVZd"], execution: "4LRT2TBcHcnXs5nW0IYVZd"),
        .init("execution", ["EXECUTION_ID": "run 1", "trace_id": trace], trace: trace, execution: "run 1"),
        .init("execution", ["execution_id": ""], .tooShort),
        .init("execution", ["execution_id": "a\rb"], .controlCharacter),
        .init("execution", bytes: [0x80], in: "execution_id", .notText),
        .init("execution", ["execution_id": String(repeating: "x", count: 257)], .tooLong),
        .init("no task in a message", ["task_id": "decode-1"]),
    ]
}
