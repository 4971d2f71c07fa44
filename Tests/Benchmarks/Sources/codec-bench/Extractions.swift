import ContextPropagation

/// Keeps a result from being optimised away.
@inline(never)
func sink(_ value: Int) {}

enum Extractions {
    private static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let process = LogContext(executionID: "V1StGXR8_Z5jdHi6B-myTq")

    private static let usual: [(String, String)] = [
        ("tenant", "north"), ("content-type", "video/h265"), ("traceparent", traceparent),
    ]

    static var all: [(String, (Int) -> Void)] {
        [
            ("extract: no headers", extract([])),
            ("extract: one traceparent of three headers", extract(usual)),
            ("extract: the same, to a context", receive(usual)),
            (
                "extract: ma-logger's three headers, to a context",
                receive([
                    ("traceparent", traceparent), ("trace_id", "0af7651916cd43dd8448eb211c80319c"),
                    ("execution_id", "V1StGXR8_Z5jdHi6B-myTq"),
                ])
            ),
            ("extract: with tracestate", extract(usual + [("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")])),
            ("extract: with baggage", extract(usual + [("baggage", "userId=alice,serverNode=DF%2028")])),
            (
                "extract: invalid traceparent of three",
                extract([
                    ("tenant", "north"), ("content-type", "video/h265"), ("traceparent", traceparent.uppercased()),
                ])
            ),
            ("extract: 20 other headers", extract((0..<20).map { ("application-header-\($0)", "value") })),
            ("extract: b3", extract([("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")], [.b3])),
            (
                "extract: x-b3-*",
                extract(
                    [
                        ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"), ("x-b3-spanid", "b7ad6b7169203331"),
                        ("x-b3-sampled", "1"),
                    ],
                    [.b3Multi]
                )
            ),
            (
                "extract: uber-trace-id",
                extract([("uber-trace-id", "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1")], [.jaeger])
            ),
            (
                "extract: x-amzn-trace-id",
                extract(
                    [("x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1")],
                    [.xray]
                )
            ),
            ("extract: a traceparent of 1 MB", extract("traceparent", 1 << 20, of: "0")),
            ("extract: baggage of 10 MB of commas", extract("baggage", 10_000_000, of: ",")),
            (
                "extract: 10,000 members of baggage",
                extract([("baggage", (0..<10_000).map { "k\($0)=v" }.joined(separator: ","))])
            ),
            (
                "extract: 65 members of baggage",
                extract([("baggage", (0..<65).map { "k\($0)=v" }.joined(separator: ","))])
            ),
        ]
    }

    private static func extract(
        _ headers: [(String, String)],
        _ formats: [HeaderFormat] = HeaderCodecs.defaultFormats
    ) -> (Int) -> Void {
        let list = headers.map { HeaderField(name: $0.0, value: $0.1) }
        let codecs = HeaderCodecs(formats)
        return { count in
            for _ in 0..<count { sink(codecs.extract(from: list).duplicates) }
        }
    }

    private static func extract(_ name: String, _ count: Int, of byte: Unicode.Scalar) -> (Int) -> Void {
        let list = [HeaderField(name: name, value: [UInt8](repeating: UInt8(ascii: byte), count: count))]
        let codecs = HeaderCodecs()
        return { count in
            for _ in 0..<count { sink(codecs.extract(from: list).duplicates) }
        }
    }

    private static func receive(_ headers: [(String, String)]) -> (Int) -> Void {
        let list = headers.map { HeaderField(name: $0.0, value: $0.1) }
        let codecs = HeaderCodecs()
        return { count in
            for _ in 0..<count {
                let context = codecs.extract(from: list).receivingContext(process: process)
                sink(Int(context.traceFlags.rawValue))
            }
        }
    }
}
