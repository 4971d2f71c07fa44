import ContextPropagation

/// A list that reuses the memory of its headers, so that a run measures only the codec.
struct ReusedList: HeaderCarrier {
    private var names: [String]
    private(set) var bytes = 0

    init(names: [String] = []) {
        self.names = names
    }

    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        for name in names { body(name.utf8.span, nil) }
    }

    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        for name in names where matches(name.utf8.span) { bytes = 0 }
    }

    mutating func appendHeader(name: String, value: Span<UInt8>) {
        bytes += name.utf8.count + value.count
    }
}

enum Injections {
    static var all: [(String, (Int) -> Void)] {
        [
            ("inject: traceparent", inject(.plainTrace, [.traceContext])),
            ("inject: default, into an empty list", inject(.full, HeaderCodecs.defaultFormats)),
            ("inject: default, over ma-logger and two others", inject(.full, HeaderCodecs.defaultFormats, over: ours)),
            ("inject: default, over 20 other headers", inject(.full, HeaderCodecs.defaultFormats, over: others)),
            ("inject: b3", inject(.plainTrace, [.b3])),
            ("inject: x-b3-*", inject(.plainTrace, [.b3Multi])),
            ("inject: uber-trace-id", inject(.plainTrace, [.jaeger])),
            ("inject: x-amzn-trace-id", inject(.plainTrace, [.xray])),
            ("inject: default, into an array", injectIntoArray),
        ]
    }

    private static let ours = ["tenant", "content-type", "traceparent", "trace_id", "execution_id"]
    private static let others = (0..<20).map { "application-header-\($0)" }

    private static func inject(
        _ context: LogContext,
        _ formats: [HeaderFormat],
        over names: [String] = []
    ) -> (Int) -> Void {
        let codecs = HeaderCodecs(formats)
        return { count in
            var list = ReusedList(names: names)
            for _ in 0..<count { codecs.inject(context, into: &list) }
            sink(list.bytes)
        }
    }

    private static func injectIntoArray(_ count: Int) {
        let codecs = HeaderCodecs()
        for _ in 0..<count {
            var list = [HeaderField(name: "tenant", value: [])]
            codecs.inject(.full, into: &list)
            sink(list.count)
        }
    }
}

extension LogContext {
    fileprivate static let plainTrace = LogContext(traceID: .random())
    fileprivate static let full = LogContext(traceID: .random(), executionID: "V1StGXR8_Z5jdHi6B-myTq")
}
