import ContextPropagation

/// Vectors for Jaeger, from its propagation format and the cases of its Java client.
enum JaegerVectors {
    static let trace = "000000000000004d0000000000000016"
    static let span = "0000000000017c29"

    static let valid: [HeaderVector] = [
        .init("Value", ["uber-trace-id": "\(trace):\(span):0:1"], trace: trace, parent: span, sampled: true, flags: 1),
        .init("Value", ["uber-trace-id": "\(trace):\(span):0:0"], trace: trace, parent: span, sampled: false, flags: 0),
        .init("Value", ["uber-trace-id": "\(trace):\(span):\(span):1"], trace: trace, parent: span, sampled: true),
        .init(
            "trace-id, shorter",
            ["uber-trace-id": "4d0000000000000016:17c29:0:5"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "trace-id, shorter",
            ["uber-trace-id": "236f2e:17c29:0:1"],
            trace: "00000000000000000000000000236f2e",
            parent: span,
            sampled: true
        ),
        .init(
            "trace-id, shorter",
            ["uber-trace-id": "ff:dd:cc:4"],
            trace: "000000000000000000000000000000ff",
            parent: "00000000000000dd",
            sampled: false
        ),
        .init(
            "trace-id, 17 digits",
            ["uber-trace-id": "100000000000000ff:dd:cc:4"],
            trace: "000000000000000100000000000000ff",
            parent: "00000000000000dd",
            sampled: false
        ),
        .init(
            "trace-id, 32 digits",
            ["uber-trace-id": "00000000000000020000000000000001:0000000000000003:0000000000000004:5"],
            trace: "00000000000000020000000000000001",
            parent: "0000000000000003",
            sampled: true
        ),
        .init(
            "flags, all bits",
            ["uber-trace-id": "fffffffffffffff6:fffffffffffffff6:fffffffffffffff6:81"],
            trace: "0000000000000000fffffffffffffff6",
            parent: "fffffffffffffff6",
            sampled: true,
            flags: 1
        ),
        .init(
            "the shortest",
            ["uber-trace-id": "2a:1:0:1"],
            trace: "0000000000000000000000000000002a",
            parent: "0000000000000001",
            sampled: true
        ),
        .init(
            "Value, URL-encoded",
            ["uber-trace-id": "2a%3A1%3A0%3A1"],
            trace: "0000000000000000000000000000002a",
            parent: "0000000000000001",
            sampled: true
        ),
        .init(
            "Value, URL-encoded",
            ["uber-trace-id": "\(trace)%3a\(span)%3a0%3a1"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "Value, URL-encoded in part",
            ["uber-trace-id": "\(trace)%3A\(span):0%3A0"],
            trace: trace,
            parent: span,
            sampled: false
        ),
        .init(
            "base16 in either case",
            ["uber-trace-id": "ABCDEF:ABCDEF:0:01"],
            trace: "00000000000000000000000000abcdef",
            parent: "0000000000abcdef",
            sampled: true
        ),
        .init(
            "flags, debug",
            ["uber-trace-id": "\(trace):\(span):0:3"],
            trace: trace,
            parent: span,
            sampled: true,
            debug: true,
            flags: 1
        ),
        // OpenTelemetry Python copies the random bit of W3C Trace Context, which is 02, into these flags.
        .init(
            "flags, debug counts only with the sampled bit",
            ["uber-trace-id": "\(trace):\(span):0:2"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "flags, two digits",
            ["uber-trace-id": "\(trace):\(span):0:02"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "flags, every bit but the sampled one",
            ["uber-trace-id": "\(trace):\(span):0:fe"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "flags, other bits beside the sampled one",
            ["uber-trace-id": "\(trace):\(span):0:fd"],
            trace: trace,
            parent: span,
            sampled: true,
            flags: 1
        ),
        .init(
            "parent-span-id, empty",
            ["uber-trace-id": "\(trace):\(span)::1"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "parent-span-id, not hex",
            ["uber-trace-id": "\(trace):\(span):none:1"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "parent-span-id, longer than a span ID",
            ["uber-trace-id": "\(trace):\(span):\(trace):1"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "parent-span-id, URL-encoded",
            ["uber-trace-id": "\(trace)%3A\(span)%3A%zz%3A1"],
            trace: trace,
            parent: span,
            sampled: true
        ),
        .init(
            "flags, firehose",
            ["uber-trace-id": "\(trace):\(span):0:8"],
            trace: trace,
            parent: span,
            sampled: false,
            flags: 0
        ),
        .init(
            "flags, two digits",
            ["uber-trace-id": "\(trace):\(span):0:ff"],
            trace: trace,
            parent: span,
            sampled: true,
            debug: true
        ),
        .init("Key, any case", ["Uber-Trace-Id": "\(trace):\(span):0:1"], trace: trace, parent: span, sampled: true),
        .init("RFC 9110, 5.5", ["uber-trace-id": " \(trace):\(span):0:1 "], trace: trace, parent: span, sampled: true),
        .init(
            "Baggage",
            ["uber-trace-id": "\(trace):\(span):0:1", "uberctx-foo": "bar"],
            trace: trace,
            parent: span,
            sampled: true,
            baggage: ["foo=bar"]
        ),
        .init(
            "Baggage alone",
            ["uberctx-nometa": "nometa-value", "UBERCTX-meta": "meta-value", "another": "value"],
            baggage: ["nometa=nometa-value", "meta=meta-value"]
        ),
        .init("Baggage, URL-encoded", ["uberctx-user": "Am%C3%A9lie%20B"], baggage: ["user=Amélie B"]),
        .init("Baggage, as it is", ["uberctx-user": "Amélie, B;\"=\\"], baggage: ["user=Amélie, B;\"=\\"]),
        .init("Baggage, empty", ["uberctx-user": ""], baggage: ["user="]),
        .init("Baggage, null", ["uberctx-user": nil]),
        .init("Baggage, not UTF-8", ["uberctx-user": "%ff"], baggage: ["user=\u{FFFD}"]),
    ]

    static let invalid: [HeaderVector] = [
        .init("Value", ["uber-trace-id": nil]),
        .init("Value", ["uber-trace-i": "2a:1:0:1", "uber_trace_id": "2a:1:0:1"]),
        .init("Value", ["uber-trace-id": ""], .tooShort),
        .init("Value", ["uber-trace-id": "ff"], .incomplete),
        .init("Value", ["uber-trace-id": "ff:ff"], .incomplete),
        .init("Value", ["uber-trace-id": "ff:ff:ff"], .incomplete),
        .init("Value", ["uber-trace-id": "ff:ff:ff:ff:ff"], .malformed),
        .init("Value", ["uber-trace-id": "ff:ff:ff:ff:"], .malformed),
        .init("Value", ["uber-trace-id": "ff:ff:ff:ff%3A"], .malformed),
        .init("Value", ["uber-trace-id": ":ff:ff:ff"], .tooShort),
        .init("Value", ["uber-trace-id": "ff::ff:ff"], .tooShort),
        .init("Value", ["uber-trace-id": "ff:ff:ff:"], .tooShort),
        .init("Value", ["uber-trace-id": "ff%3bff:0:1"], .notHex),
        .init("Value", ["uber-trace-id": "ff:ff:0:1%3"], .notHex),
        .init("trace-id", ["uber-trace-id": "abcdefghijklmnopabcdefghijklmnop:\(span):0:0"], .notHex),
        .init("trace-id", ["uber-trace-id": "\(trace)00:\(span):0:0"], .tooLong),
        .init("trace-id", ["uber-trace-id": "123456789012345678901234567890123:ff:ff:ff"], .tooLong),
        .init("trace-id", ["uber-trace-id": "0:1:0:1"], .zeroTraceID),
        .init("trace-id", ["uber-trace-id": "00000000000000000000000000000000:1:0:1"], .zeroTraceID),
        .init("trace-id", ["uber-trace-id": "-1:1:0:1"], .notHex),
        .init("trace-id", ["uber-trace-id": "+1:1:0:1"], .notHex),
        .init("trace-id", ["uber-trace-id": "0x1:1:0:1"], .notHex),
        .init("span-id", ["uber-trace-id": "\(trace):abcdefghijklmnop:0:0"], .notHex),
        .init("span-id", ["uber-trace-id": "\(trace):\(span)00:0:0"], .tooLong),
        .init("span-id", ["uber-trace-id": "\(trace):0:0:0"], .zeroSpanID),
        .init("flags", ["uber-trace-id": "\(trace):\(span):0:"], .tooShort),
        .init("flags", ["uber-trace-id": "\(trace):\(span):0:10220"], .tooLong),
        .init("flags", ["uber-trace-id": "\(trace):\(span):0:abcdefr"], .tooLong),
        .init("flags", ["uber-trace-id": "\(trace):\(span):0:r"], .notHex),
        .init("Value", ["uber-trace-id": String(repeating: "0", count: 76)], .tooLong),
        .init("Value", ["uber-trace-id": "ff:ff:\(String(repeating: "x", count: 300)):1"], .tooLong),
        .init("Value", bytes: [0xFF, 0x3A, 0x00], in: "uber-trace-id", .notHex),
        .init("Baggage, no key", ["uberctx-": "value"]),
        .init("Baggage, no token", ["uberctx-a b": "1"], .malformed),
        .init("Baggage, no token", ["uberctx-é": "1", "uberctx-a": "1"], baggage: ["a=1"], .malformed),
        .init(
            "Baggage, one that does not fit",
            ["uberctx-a": "1", "uberctx-k": String(repeating: "v", count: 8192), "uberctx-b": "2"],
            baggage: ["a=1", "b=2"],
            .tooLong
        ),
        .init("Baggage, 8192 bytes", ["uberctx-k": String(repeating: "v", count: 8192)], .tooLong),
    ]
}
