import ContextPropagation

/// Vectors for `traceparent`, from W3C Trace Context Level 2.
enum TraceParentVectors {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    static let valid: [HeaderVector] = [
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-00"], trace: trace, parent: span, sampled: false, flags: 0),
        .init(
            "3.2.3",
            ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            trace: "4bf92f3577b34da6a3ce929d0e0e4736",
            parent: "00f067aa0ba902b7",
            sampled: true
        ),
        .init(
            "3.2.3",
            ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"],
            trace: "4bf92f3577b34da6a3ce929d0e0e4736",
            parent: "00f067aa0ba902b7",
            sampled: false
        ),
        // 3.2.2.3: the smallest number that is not zero.
        .init(
            "3.2.2.3",
            ["traceparent": "00-00000000000000000000000000000001-0000000000000001-01"],
            trace: "00000000000000000000000000000001",
            parent: "0000000000000001",
            sampled: true
        ),
        .init(
            "3.2.2.3",
            ["traceparent": "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01"],
            trace: "ffffffffffffffffffffffffffffffff",
            parent: "ffffffffffffffff",
            sampled: true
        ),
        .init(
            "3.2.2.3",
            ["traceparent": "00-10000000000000000000000000000000-1000000000000000-01"],
            trace: "10000000000000000000000000000000",
            parent: "1000000000000000",
            sampled: true
        ),
        // 3.2.2.5.2: the random flag passes through. 3.2.2.5.3: reserved flags do not.
        .init(
            "3.2.2.5.2",
            ["traceparent": "00-\(trace)-\(span)-02"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 2
        ),
        .init(
            "3.2.2.5.2",
            ["traceparent": "00-\(trace)-\(span)-03"],
            trace: trace,
            parent: span,
            sampled: true,
            flags: 3
        ),
        .init(
            "3.2.2.5.3",
            ["traceparent": "00-\(trace)-\(span)-04"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "3.2.2.5.3",
            ["traceparent": "00-\(trace)-\(span)-05"],
            trace: trace,
            parent: span,
            sampled: true,
            flags: 1
        ),
        .init(
            "3.2.2.5.3",
            ["traceparent": "00-\(trace)-\(span)-fc"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "3.2.2.5.3",
            ["traceparent": "00-\(trace)-\(span)-ff"],
            trace: trace,
            parent: span,
            sampled: true,
            flags: 3
        ),
        // 3.2.4: a later version is read as far as this one goes, and only one bit of its flags is known.
        .init("3.2.4", ["traceparent": "01-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-00"], trace: trace, parent: span, sampled: false, flags: 0),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-03"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("3.2.4", ["traceparent": "fe-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("3.2.4", ["traceparent": "01-\(trace)-\(span)-01-"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("3.2.4", ["traceparent": "01-\(trace)-\(span)-01-more"], trace: trace, parent: span, sampled: true),
        .init("3.2.4", ["traceparent": "01-\(trace)-\(span)-01-\0\u{FF}"], trace: trace, parent: span, sampled: true),
        // RFC 9110, 5.5: white space around a value does not belong to it.
        .init("RFC 9110, 5.5", ["traceparent": " 00-\(trace)-\(span)-01\t"], trace: trace, parent: span, sampled: true),
        // 3.2.1: names are read in any case, and a null value counts as no header.
        .init("3.2.1", ["TRACEPARENT": "00-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true),
        .init("3.2.1", ["TraceParent": "00-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true),
        .init("3.2.1", ["tRaCePaReNt": "00-\(trace)-\(span)-01"], trace: trace, parent: span, sampled: true),
        .init(
            "a null value is absent",
            ["traceparent": "00-\(trace)-\(span)-01", "traceparent": nil],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "the last header is read",
            ["traceparent": "00-\(span)\(span)-\(span)-00", "Traceparent": "00-\(trace)-\(span)-01"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "other headers are passed over",
            ["tracepArenT": "00-\(trace)-\(span)-01", "traceparenu": "x", "": "", "t": nil, "xtraceparent": "y"],
            trace: trace,
            parent: span,
            sampled: true
        ),
    ]

    static let invalid: [HeaderVector] = [
        .init("3.2.1", [:]),
        .init("3.2.1", ["traceparent": nil]),
        .init("3.2.1", ["trace-parent": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["trace.parent": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["trace_parent": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["traceparent ": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["traceparent\0": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["tracepareﬁt": "00-\(trace)-\(span)-01"]),
        .init("3.2.1", ["ｔraceparent": "00-\(trace)-\(span)-01"]),
        .init("3.2.2", ["traceparent": ""], .tooShort),
        .init("3.2.2", ["traceparent": " "], .tooShort),
        .init("3.2.2", ["traceparent": "00"], .tooShort),
        .init("3.2.2", ["traceparent": "00-"], .tooShort),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)"], .tooShort),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-"], .tooShort),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-0"], .tooShort),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-01."], .tooLong),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-01-"], .tooLong),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-01-more"], .tooLong),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)-011"], .tooLong),
        .init("3.2.2", ["traceparent": "00_\(trace)-\(span)-01"], .malformed),
        .init("3.2.2", ["traceparent": "00-\(trace)_\(span)-01"], .malformed),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span)_01"], .malformed),
        .init("3.2.2", ["traceparent": "00-\(trace)-\(span) 01"], .malformed),
        .init("3.2.2.1", ["traceparent": "ff-\(trace)-\(span)-01"], .versionFF),
        .init("3.2.2.1", ["traceparent": "ff-\(trace)-\(span)-01-more"], .versionFF),
        .init("3.2.2.1", ["traceparent": "FF-\(trace)-\(span)-01"], .upperCaseHex),
        .init("3.2.2.1", ["traceparent": "0x-\(trace)-\(span)-01"], .notHex),
        .init("3.2.2.1", ["traceparent": ".0-\(trace)-\(span)-01"], .notHex),
        .init("3.2.2.1", ["traceparent": "-0-\(trace)-\(span)-01"], .notHex),
        .init("3.2.2.1", ["traceparent": "+0-\(trace)-\(span)-01"], .notHex),
        .init("3.2.2.1", ["traceparent": "CC-\(trace)-\(span)-01"], .upperCaseHex),
        .init("3.2.2.3", ["traceparent": "00-00000000000000000000000000000000-\(span)-01"], .zeroTraceID),
        .init("3.2.2.3", ["traceparent": "00-0AF7651916CD43DD8448EB211C80319C-\(span)-01"], .upperCaseHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43dd8448eb211c80319C-\(span)-01"], .upperCaseHex),
        .init("3.2.2.3", ["traceparent": "00-gaf7651916cd43dd8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43dd8448eb211c80319g-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-+af7651916cd43dd8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d 8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d\08448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d/8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d:8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d`8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.3", ["traceparent": "00-0af7651916cd43d@8448eb211c80319c-\(span)-01"], .notHex),
        // Three bytes encode one full-width digit.
        .init("3.2.2.3", ["traceparent": "00-０7651916cd43dd8448eb211c80319c-\(span)-01"], .notHex),
        .init("3.2.2.4", ["traceparent": "00-\(trace)-0000000000000000-01"], .zeroSpanID),
        .init("3.2.2.4", ["traceparent": "00-\(trace)-B7AD6B7169203331-01"], .upperCaseHex),
        .init("3.2.2.4", ["traceparent": "00-\(trace)-.7ad6b7169203331-01"], .notHex),
        .init("3.2.2.4", ["traceparent": "00-\(trace)-b7ad6b716920333.-01"], .notHex),
        .init("3.2.2.5", ["traceparent": "00-\(trace)-\(span)-.0"], .notHex),
        .init("3.2.2.5", ["traceparent": "00-\(trace)-\(span)-0."], .notHex),
        .init("3.2.2.5", ["traceparent": "00-\(trace)-\(span)-0A"], .upperCaseHex),
        .init("3.2.2.5", ["traceparent": "00-\(trace)-\(span)-1 "], .notHex),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-01.more"], .malformed),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-011"], .malformed),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-0"], .tooShort),
        .init("3.2.4", ["traceparent": "cc-\(trace)-\(span)-01-" + String(repeating: "x", count: 512)], .tooLong),
        .init("3.2.2", bytes: [UInt8](repeating: 0xFF, count: 55), in: "traceparent", .malformed),
        .init("3.2.2", bytes: [UInt8](repeating: 0, count: 55), in: "traceparent", .malformed),
        .init(
            "the last header is read, valid or not",
            ["traceparent": "00-\(trace)-\(span)-01", "traceparent": "00"],
            .tooShort
        ),
        .init(
            "an RFC 9110 list is not one value",
            ["traceparent": "00-\(trace)-\(span)-01,00-\(trace)-\(span)-01"],
            .tooLong
        ),
    ]
}
