import ContextPropagation

/// Vectors for B3, from its specification and the cases of its reference parser.
enum B3Vectors {
    static let high = "1234567890123459"
    static let low = "1234567890123451"
    static let parent = "1234567890123452"
    static let span = "1234567890123453"
    static let padded = "0000000000000000" + low

    /// `b3`, valid.
    static let single: [HeaderVector] = [
        .init(
            "Single Header",
            ["b3": "\(high)\(low)-\(span)-1-\(parent)"],
            trace: high + low,
            parent: span,
            sampled: true,
            flags: 1
        ),
        .init(
            "Single Header",
            ["b3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90"],
            trace: "80f198ee56343ba864fe8b2a57d3eff7",
            parent: "e457b5a2e4d86bd1",
            sampled: true
        ),
        .init(
            "TraceId",
            ["b3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"],
            trace: "80f198ee56343ba864fe8b2a57d3eff7",
            parent: "e457b5a2e4d86bd1",
            sampled: true
        ),
        .init("TraceId, 64 bits", ["b3": "\(low)-\(span)-1"], trace: padded, parent: span, sampled: true),
        .init(
            "TraceId, padded",
            ["b3": "0000000000000000\(low)-\(span)-1-\(parent)"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "TraceId, padded right",
            ["b3": "\(high)0000000000000000-\(span)-1-\(parent)"],
            trace: high + "0000000000000000",
            parent: span,
            sampled: true
        ),
        .init("Sampling State, defer", ["b3": "\(low)-\(span)"], trace: padded, parent: span, flags: 0),
        .init("Sampling State, defer", ["b3": "\(high)\(low)-\(span)"], trace: high + low, parent: span, flags: 0),
        .init(
            "Sampling State, defer with parent",
            ["b3": "\(low)-\(span)-\(parent)"],
            trace: padded,
            parent: span,
            flags: 0
        ),
        .init(
            "Sampling State, deny",
            ["b3": "\(low)-\(span)-0"],
            trace: padded,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "Sampling State, deny",
            ["b3": "\(low)-\(span)-0-\(parent)"],
            trace: padded,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "Sampling State, debug",
            ["b3": "\(low)-\(span)-d"],
            trace: padded,
            parent: span,
            sampled: true,
            debug: true,
            flags: 1
        ),
        .init(
            "Sampling State, debug",
            ["b3": "\(low)-\(span)-d-\(parent)"],
            trace: padded,
            parent: span,
            sampled: true,
            debug: true
        ),
        .init("Sampling State, deny alone", ["b3": "0"], sampled: false, flags: 0),
        .init("Sampling State, accept alone", ["b3": "1"], sampled: true, flags: 1),
        .init("Sampling State, debug alone", ["b3": "d"], sampled: true, debug: true, flags: 1),
        .init(
            "ParentSpanId, zero",
            ["b3": "\(low)-\(span)-1-0000000000000000"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init("RFC 9110, 5.5", ["b3": " \(low)-\(span)-1\t"], trace: padded, parent: span, sampled: true),
        .init("RFC 9110, 5.5", ["b3": " 0 "], sampled: false),
        .init("names in any case", ["B3": "\(low)-\(span)-1"], trace: padded, parent: span, sampled: true),
        .init(
            "a null value is absent",
            ["b3": "\(low)-\(span)-1", "b3": nil],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "Http Encodings: single takes precedence",
            ["x-b3-traceid": high + low, "x-b3-spanid": parent, "x-b3-sampled": "0", "b3": "\(low)-\(span)-1"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "Http Encodings: a sampling state alone takes precedence, too",
            ["x-b3-traceid": high + low, "x-b3-spanid": parent, "b3": "0"],
            sampled: false
        ),
        .init(
            "OpenTelemetry, B3 Extract: multi where single is invalid",
            ["b3": "\(low)-\(span)x-1", "x-b3-traceid": low, "x-b3-spanid": span, "x-b3-sampled": "1"],
            trace: padded,
            parent: span,
            sampled: true,
            .tooLong
        ),
    ]

    /// `b3`, invalid.
    static let singleInvalid: [HeaderVector] = [
        // White space may surround a value (RFC 9110, section 5.5), but not be in it.
        .init("Single Header, a blank", ["b3": "\(low) -\(span)-1"], .malformed),
        .init("Single Header, a blank", ["b3": "\(low)- \(span)-1"], .tooLong),
        .init("Single Header, a blank", ["b3": "\(low)-\(span) -1"], .tooLong),
        .init("Single Header, a blank", ["b3": "\(low)-\(span)-1 -\(parent)"], .tooShort),
        .init("Single Header, a blank", ["b3": "\(low.dropLast()) -\(span)-1"], .notHex),
        .init("Single Header", ["b3": nil]),
        .init("Single Header", ["b3": ""], .tooShort),
        .init("Single Header", ["b3": "-"], .malformed),
        .init("Single Header", ["b3": "2"], .malformed),
        .init("Single Header", ["b3": "D"], .malformed),
        .init("Single Header", ["b3": "d,"], .tooShort),
        .init("Single Header", ["b3": "true"], .tooShort),
        .init("Single Header", ["b3": "not-a-tumor"], .tooShort),
        .init("Single Header", ["b3": "b970dafd-0d95-40aa-95d8-1d8725aebe40"], .tooShort),
        .init("TraceId", ["b3": "0000000000000000-\(span)-1-\(parent)"], .zeroTraceID),
        .init("TraceId", ["b3": "00000000000000000000000000000000-\(span)-1"], .zeroTraceID),
        .init("TraceId", ["b3": "-234567812345678-\(span)"], .tooShort),
        .init("TraceId", ["b3": "1-\(span)"], .tooShort),
        .init("TraceId", ["b3": "\(high.dropLast())\(low)-\(span)"], .malformed),
        .init("TraceId", ["b3": "\(low)\(low)a-\(span)"], .tooLong),
        .init("TraceId", ["b3": "\(low)-"], .tooShort),
        .init("TraceId", ["b3": low], .incomplete),
        .init("TraceId", ["b3": high + low], .incomplete),
        .init("TraceId", ["b3": "123456789012345g-\(span)-1"], .notHex),
        .init("TraceId", ["b3": "123456789012345A-\(span)-1"], .upperCaseHex),
        .init("TraceId", ["b3": "+23456789012345a-\(span)-1"], .notHex),
        .init("SpanId", ["b3": "\(low)-0000000000000000-1-\(parent)"], .zeroSpanID),
        .init("SpanId", ["b3": "\(low)--"], .tooShort),
        .init("SpanId", ["b3": "\(low)--\(parent)"], .tooShort),
        .init("SpanId", ["b3": "\(low)-\(span.dropLast())"], .tooShort),
        .init("SpanId", ["b3": "\(low)-\(span)a"], .tooLong),
        .init("SpanId", ["b3": "\(low)-123456789012345G"], .notHex),
        .init("SpanId", ["b3": "\(low)-123456789012345F"], .upperCaseHex),
        // Four bytes in place of one digit make the value three bytes too long.
        .init("SpanId", ["b3": "\(low)-\(span.dropLast())💩"], .tooLong),
        .init("Sampling State", ["b3": "\(low)-\(span)-"], .tooShort),
        .init("Sampling State", ["b3": "\(low)-\(span)-f"], .malformed),
        .init("Sampling State", ["b3": "\(low)-\(span)-11-\(parent)"], .tooShort),
        .init("Sampling State", ["b3": "\(low)-\(span)-true"], .tooShort),
        .init("Sampling State", ["b3": "\(low)-\(span)--\(parent)"], .tooShort),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-d-"], .tooShort),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-\(parent.dropLast())"], .tooShort),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-1-\(parent.dropLast())"], .tooShort),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-\(parent)a"], .tooLong),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-1-\(parent)a"], .tooLong),
        .init("ParentSpanId", ["b3": "\(low)-\(span)-1-123456789012345g"], .notHex),
        .init("Single Header", ["b3": "\(low)-\(span)-1-\(parent)-"], .malformed),
        .init("Single Header", ["b3": "\(low)-\(span)-\(parent)-1"], .malformed),
        .init("Single Header", ["b3": "\(high)\(low)-\(span)-1-\(parent)-1"], .tooLong),
        .init("Single Header", bytes: [0xFF], in: "b3", .malformed),
    ]

    /// `x-b3-*`.
    static let multi: [HeaderVector] = [
        .init(
            "Multiple Headers",
            ["X-B3-TraceId": high + low, "X-B3-ParentSpanId": parent, "X-B3-SpanId": span, "X-B3-Sampled": "1"],
            trace: high + low,
            parent: span,
            sampled: true
        ),
        .init(
            "Single Header, the same in several",
            [
                "X-B3-TraceId": "80f198ee56343ba864fe8b2a57d3eff7", "X-B3-ParentSpanId": "05e3ac9a4f6e3b90",
                "X-B3-SpanId": "e457b5a2e4d86bd1", "X-B3-Sampled": "1",
            ],
            trace: "80f198ee56343ba864fe8b2a57d3eff7",
            parent: "e457b5a2e4d86bd1",
            sampled: true
        ),
        .init("gRPC Encoding", ["x-b3-traceid": low, "x-b3-spanid": span], trace: padded, parent: span, flags: 0),
        .init(
            "TraceId, padded",
            ["X-B3-TraceId": padded, "X-B3-SpanId": span, "X-B3-Sampled": "0"],
            trace: padded,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "TraceId, padded right",
            ["X-B3-TraceId": high + "0000000000000000", "X-B3-SpanId": span],
            trace: high + "0000000000000000",
            parent: span
        ),
        .init(
            "Sampling State",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "true"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "Sampling State",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "false"],
            trace: padded,
            parent: span,
            sampled: false
        ),
        .init(
            "Sampling State",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "TRUE"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init("Sampling State", ["X-B3-Sampled": "FALSE"], sampled: false),
        .init("Sampling State, deny alone", ["X-B3-Sampled": "0"], sampled: false, flags: 0),
        .init("Sampling State, accept alone", ["x-b3-sampled": "1"], sampled: true, flags: 1),
        .init("Debug Flag, alone", ["X-B3-Flags": "1"], sampled: true, debug: true, flags: 1),
        .init(
            "Debug Flag",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Flags": "1"],
            trace: padded,
            parent: span,
            sampled: true,
            debug: true
        ),
        .init(
            "Debug Flag implies accept",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "0", "X-B3-Flags": "1"],
            trace: padded,
            parent: span,
            sampled: true,
            debug: true
        ),
        .init(
            "Debug Flag, any other value",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "1", "X-B3-Flags": "0"],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "Debug Flag, any other value",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Flags": "11"],
            trace: padded,
            parent: span
        ),
        .init("Debug Flag, any other value", ["X-B3-Flags": "true"]),
        .init(
            "ParentSpanId is not read",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-ParentSpanId": "-"],
            trace: padded,
            parent: span
        ),
        .init(
            "RFC 9110, 5.5",
            ["X-B3-TraceId": " \(low)", "X-B3-SpanId": "\(span)\t", "X-B3-Sampled": " 1 "],
            trace: padded,
            parent: span,
            sampled: true
        ),
        .init(
            "the last header is read",
            ["X-B3-TraceId": high, "x-b3-traceid": low, "X-B3-SpanId": parent, "X-B3-SPANID": span],
            trace: padded,
            parent: span
        ),
        // An invalid decision is left open.
        .init(
            "Sampling State, malformed",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": ""],
            trace: padded,
            parent: span,
            .malformed
        ),
        .init(
            "Sampling State, malformed",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "d"],
            trace: padded,
            parent: span,
            .malformed
        ),
        .init(
            "Sampling State, malformed",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "💩"],
            trace: padded,
            parent: span,
            .malformed
        ),
        .init(
            "Sampling State, malformed",
            ["X-B3-TraceId": low, "X-B3-SpanId": span, "X-B3-Sampled": "hello"],
            trace: padded,
            parent: span,
            .malformed
        ),
        .init("Sampling State, malformed", ["X-B3-Sampled": "2"], .malformed),
        .init("TraceId", ["X-B3-SpanId": span], .incomplete),
        .init("TraceId", ["X-B3-SpanId": span, "X-B3-Sampled": "1"], .incomplete),
        .init("TraceId", ["X-B3-TraceId": "", "X-B3-SpanId": span], .tooShort),
        .init("TraceId", ["X-B3-TraceId": "-", "X-B3-Sampled": "1"], .tooShort),
        .init("TraceId", ["X-B3-TraceId": "0000000000000000", "X-B3-SpanId": span], .zeroTraceID),
        .init("TraceId", ["X-B3-TraceId": "00000000000000000000000000000000", "X-B3-SpanId": span], .zeroTraceID),
        .init("TraceId", ["X-B3-TraceId": "g" + low.dropFirst(), "X-B3-SpanId": span, "X-B3-Sampled": "1"], .notHex),
        .init(
            "TraceId",
            ["X-B3-TraceId": String(low.dropFirst(2)), "X-B3-SpanId": span, "X-B3-Sampled": "1"],
            .tooShort
        ),
        .init("TraceId", ["X-B3-TraceId": "\(low)00", "X-B3-SpanId": span, "X-B3-Sampled": "1"], .malformed),
        .init("TraceId", ["X-B3-TraceId": "\(high)\(low)00", "X-B3-SpanId": span, "X-B3-Sampled": "1"], .tooLong),
        .init("TraceId", ["X-B3-TraceId": "463AC35C9F6413AD48485A3953BB6124", "X-B3-SpanId": span], .upperCaseHex),
        .init("SpanId", ["X-B3-TraceId": low], .incomplete),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": nil, "X-B3-Sampled": "1"], .incomplete),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": "0000000000000000"], .zeroSpanID),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": "g" + span.dropFirst()], .notHex),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": String(span.dropFirst(2))], .tooShort),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": "\(span)00"], .tooLong),
        .init("SpanId", ["X-B3-TraceId": low, "X-B3-SpanId": "A2FB4A1D1A96D312"], .upperCaseHex),
    ]
}
