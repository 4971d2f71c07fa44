import ContextPropagation

/// Vectors for OpenTracing's basic tracers, from the cases of OpenTelemetry's propagators in Java, Python and Ruby.
enum OTTraceVectors {
    static let low = "e457b5a2e4d86bd1"
    static let trace = "0000000000000000" + low
    static let whole = "80f198ee56343ba8" + "64fe8b2a57d3eff7"
    static let span = "e457b5a2e4d86bd1"

    static let all: [HeaderVector] = [
        .init(
            "64-bit trace ID",
            ["ot-tracer-traceid": low, "ot-tracer-spanid": span, "ot-tracer-sampled": "true"],
            trace: trace,
            parent: span,
            sampled: true,
            flags: 1
        ),
        .init(
            "128-bit trace ID, a bit as the flag",
            ["ot-tracer-traceid": whole, "ot-tracer-spanid": span, "ot-tracer-sampled": "0"],
            trace: whole,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "No decision",
            ["OT-Tracer-TraceID": low, "OT-Tracer-SpanID": span],
            trace: trace,
            parent: span,
            flags: 0
        ),
        .init(
            "Basic tracers leave out leading zeros",
            ["ot-tracer-traceid": "4D2", "ot-tracer-spanid": "b", "ot-tracer-sampled": "1"],
            trace: "000000000000000000000000000004d2",
            parent: "000000000000000b",
            sampled: true
        ),
        .init(
            "Baggage",
            [
                "ot-tracer-traceid": low, "ot-tracer-spanid": span, "ot-tracer-sampled": "true",
                "ot-baggage-Key1": "value one", "ot-baggage-key2": "%D7%A0, b", "OT-Baggage-key3": "",
            ],
            trace: trace,
            parent: span,
            sampled: true,
            baggage: ["key1=value one", "key2=נ, b", "key3="]
        ),
        .init("Baggage alone", ["ot-baggage-a": "b"], baggage: ["a=b"]),
        .init("No name", ["ot-baggage-": "b"]),
        .init("Zero", ["ot-tracer-traceid": "0000000000000000", "ot-tracer-spanid": span], .zeroTraceID),
        .init("Zero span", ["ot-tracer-traceid": low, "ot-tracer-spanid": "0"], .zeroSpanID),
        .init("Not hex", ["ot-tracer-traceid": "abcdefghijklmnop", "ot-tracer-spanid": span], .notHex),
        .init("33 digits", ["ot-tracer-traceid": whole + "0", "ot-tracer-spanid": span], .tooLong),
        .init("17 digits", ["ot-tracer-traceid": low, "ot-tracer-spanid": span + "0"], .tooLong),
        .init("Empty", ["ot-tracer-traceid": "", "ot-tracer-spanid": span], .tooShort),
        .init("No span", ["ot-tracer-traceid": low], .incomplete),
        .init("No trace", ["ot-tracer-spanid": span], .incomplete),
        .init("Null", ["ot-tracer-traceid": nil, "ot-tracer-spanid": nil]),
        .init("Decision alone", ["ot-tracer-sampled": "true"]),
        .init(
            "Unreadable decision",
            ["ot-tracer-traceid": low, "ot-tracer-spanid": span, "ot-tracer-sampled": "yes"],
            trace: trace,
            parent: span,
            flags: 0,
            .malformed
        ),
    ]
}
