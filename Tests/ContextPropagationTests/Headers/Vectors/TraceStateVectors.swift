import ContextPropagation

/// Vectors for `tracestate`, from W3C Trace Context Level 2. Each comes with a valid `traceparent`, which it never
/// affects.
enum TraceStateVectors {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"
    private static let long = String(repeating: "z", count: 256)

    private static func vector(
        _ section: String,
        _ values: [String],
        _ state: String?,
        _ fault: HeaderFault? = nil
    ) -> HeaderVector {
        var vector = HeaderVector(
            section,
            ["traceparent": "00-\(trace)-\(span)-01"],
            trace: trace,
            parent: span,
            sampled: true,
            state: state
        )
        vector.faults = fault.map { [$0] } ?? []
        vector.headers += values.map { HeaderField(name: "tracestate", value: $0) }
        return vector
    }

    static let all: [HeaderVector] = [
        vector("3.3.1.1", ["rojo=00f067aa0ba902b7"], "rojo=00f067aa0ba902b7"),
        vector("3.3.3", ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        vector("3.3.1", ["congo=1", "rojo=2"], "congo=1,rojo=2"),
        vector("3.3.1", ["congo=1", "", "rojo=2"], "congo=1,rojo=2"),
        vector("3.3.1", ["congo=1,", ",rojo=2"], "congo=1,rojo=2"),
        vector("3.3.1.1", [""], nil),
        vector("3.3.1.1", [" \t "], nil),
        vector("3.3.1.1", [",,,"], nil),
        vector("3.3.1.1", ["a=1,,b=2"], "a=1,b=2"),
        vector("3.3.1.1", ["a=1, ,b=2"], "a=1,b=2"),
        vector("3.3.1.1", [" a=1 \t,\t b=2 "], "a=1,b=2"),
        vector("3.3.1.1", ["a=1 ,b=2"], "a=1,b=2"),
        vector("3.3.1.3.2", ["a= 1"], "a= 1"),
        vector("3.3.1.3.2", ["a= 1 2 "], "a= 1 2"),
        vector("3.3.1.3.2", ["a=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"], "a=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"),
        vector("3.3.1.3.2", ["a=" + long], "a=" + long),
        vector("3.3.1.3.2", ["a=" + long + "z"], nil, .tooLong),
        vector("3.3.1.3.2", ["a="], nil, .malformed),
        vector("3.3.1.3.2", ["a= "], nil, .malformed),
        vector("3.3.1.3.2", ["a=1=2"], nil, .malformed),
        vector("3.3.1.3.2", ["a=="], nil, .malformed),
        vector("3.3.1.3.2", ["a=1\u{7F}"], nil, .malformed),
        vector("3.3.1.3.2", ["a=1\t2"], nil, .malformed),
        vector("3.3.1.3.2", ["a=\u{E9}"], nil, .malformed),
        vector("3.3.1.3.2", ["a=1\0"], nil, .malformed),
        vector("3.3.1.3.2", ["a=1\n"], nil, .malformed),
        // A comma with a combining mark after it is one Character, but the bytes count.
        vector("3.3.1.1", ["a=1,\u{301}b=2"], nil, .malformed),
        vector("3.3.1.3.1", ["a-_*/@0=1"], "a-_*/@0=1"),
        vector("3.3.1.3.1", ["0a=1"], "0a=1"),
        vector("3.3.1.3.1", ["9=1"], "9=1"),
        vector("3.3.1.3.1", ["tenant@vendor=1"], "tenant@vendor=1"),
        vector("3.3.1.3.1", ["a@b@c=1"], "a@b@c=1"),
        vector("3.3.1.3.1", [long + "=1"], long + "=1"),
        vector("3.3.1.3.1", [long + "z=1"], nil, .tooLong),
        vector("3.3.1.3.1", ["A=1"], nil, .malformed),
        vector("3.3.1.3.1", ["aB=1"], nil, .malformed),
        vector("3.3.1.3.1", ["_a=1"], nil, .malformed),
        vector("3.3.1.3.1", ["-a=1"], nil, .malformed),
        vector("3.3.1.3.1", ["@a=1"], nil, .malformed),
        vector("3.3.1.3.1", ["a.b=1"], nil, .malformed),
        vector("3.3.1.3.1", ["a b=1"], nil, .malformed),
        vector("3.3.1.3.1", ["a =1"], nil, .malformed),
        vector("3.3.1.3.1", ["=1"], nil, .malformed),
        vector("3.3.1.3.1", ["="], nil, .malformed),
        vector("3.3.1.3.1", ["a"], nil, .malformed),
        vector("3.3.1.3.1", ["é=1"], nil, .malformed),
        vector("3.3.1.1", ["good=1,Bad=2"], nil, .malformed),
        vector("3.3.1", ["good=1", "Bad=2"], nil, .malformed),
        vector("3.3.1", ["Bad=1", "good=2"], nil, .malformed),
        // A duplicate from the sender is passed on unchanged.
        vector("3.3.2", ["a=1,a=2"], "a=1,a=2"),
        vector("3.3.2", ["a=1", "a=1"], "a=1,a=1"),
        vector("3.3.1.1", [members(32)], members(32)),
        vector("3.3.1.1", [members(33)], nil, .tooManyMembers),
        vector("3.3.1.1", [members(20), members(12)], members(20) + "," + members(12)),
        vector("3.3.1.1", [members(20), members(13)], nil, .tooManyMembers),
        vector("3.3.1.1", [members(32) + ",,,"], members(32)),
        vector("3.3.1.5", ["a=" + String(repeating: "x", count: 510 - 256)], "a=" + String(repeating: "x", count: 254)),
        vector("3.3.1.5", [big(8192)], big(8192)),
        vector("3.3.1.5", [big(8193)], nil, .tooLong),
        vector("3.3.1.5", [big(4096), big(4095)], big(4096) + "," + big(4095)),
        vector("3.3.1.5", [big(4096), big(4096)], nil, .tooLong),
        vector("3.3.1.5", [String(repeating: ",", count: 8192)], nil),
        vector("3.3.1.5", [String(repeating: ",", count: 8193)], nil, .tooLong),
    ]

    /// Without a valid `traceparent` the whole header is ignored.
    static let withoutTrace: [HeaderVector] = [
        .init("3.3", ["tracestate": "congo=1"], .withoutTrace),
        .init("3.3", ["tracestate": "congo=1", "traceparent": nil], .withoutTrace),
        .init("3.3", ["tracestate": "congo=1", "traceparent": "00-\(trace)-0000000000000000-01"], .zeroSpanID),
        .init("3.3", ["tracestate": "Bad=1", "traceparent": "00"], .tooShort),
    ]

    static func members(_ count: Int) -> String {
        (1...count).map { "bar\($0)=\($0)" }.joined(separator: ",")
    }

    /// Members of the largest size, and one that fills the header up to `bytes`.
    private static func big(_ bytes: Int) -> String {
        var members: [String] = []
        var left = bytes
        while left > 500 {
            members.append("k\(members.count)=" + String(repeating: "v", count: 253))
            left -= members[members.count - 1].utf8.count + 1
        }
        let key = String(repeating: "l", count: left / 2)
        members.append(key + "=" + String(repeating: "v", count: left - key.utf8.count - 1))
        return members.joined(separator: ",")
    }
}
