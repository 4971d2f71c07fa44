import ContextPropagation

/// Vectors for Datadog, from the headers of its tracers and of its system tests.
enum DatadogVectors {
    static let low = "00000000000000000000000000000000".dropLast(16) + "00000000075bcd15"
    static let whole = "1234567890abcdef00000000075bcd15"
    static let parent = "000000003ade68b1"

    static let all: [HeaderVector] = [
        .init(
            "System tests, 128-bit trace ID",
            [
                "x-datadog-trace-id": "123456789", "x-datadog-parent-id": "987654321",
                "x-datadog-sampling-priority": "2", "x-datadog-tags": "_dd.p.tid=1234567890abcdef",
            ],
            trace: whole,
            parent: parent,
            sampled: true,
            debug: true,
            flags: 1
        ),
        .init(
            "A request of dd-trace-js",
            [
                "x-datadog-trace-id": "8330054363468631196", "x-datadog-parent-id": "6375191779022861325",
                "x-datadog-sampling-priority": "1", "x-datadog-tags": "_dd.p.tid=66c4e3e900000000,_dd.p.dm=-0",
            ],
            trace: "66c4e3e900000000739a4c4f1e3d8c9c",
            parent: "58793b2553a5f40d",
            sampled: true,
            flags: 1
        ),
        .init(
            "64-bit trace ID, names in another case, rejected by the user",
            [
                "X-Datadog-Trace-Id": "123456789", "X-Datadog-Parent-Id": " 987654321 ",
                "X-Datadog-Sampling-Priority": "-1",
            ],
            trace: String(low),
            parent: parent,
            sampled: false,
            flags: 0
        ),
        .init(
            "No decision yet",
            ["x-datadog-trace-id": "123456789", "x-datadog-parent-id": "987654321"],
            trace: String(low),
            parent: parent,
            flags: 0
        ),
        .init(
            "Synthetics and RUM: no parent",
            [
                "x-datadog-trace-id": "18446744073709551615", "x-datadog-parent-id": "0",
                "x-datadog-sampling-priority": "1", "x-datadog-origin": "synthetics",
            ],
            trace: "0000000000000000ffffffffffffffff",
            sampled: true
        ),
        .init("Zero trace ID", ["x-datadog-trace-id": "0", "x-datadog-parent-id": "1"], .zeroTraceID),
        .init("Not decimal", ["x-datadog-trace-id": "0xff", "x-datadog-parent-id": "1"], .malformed),
        .init("Over 64 bits", ["x-datadog-trace-id": "18446744073709551616"], .tooLong),
        .init("21 digits", ["x-datadog-trace-id": "000000000000000000001"], .tooLong),
        .init("Empty", ["x-datadog-trace-id": ""], .tooShort),
        .init("Parent alone", ["x-datadog-parent-id": "1"], .incomplete),
        .init("Null", ["x-datadog-trace-id": nil]),
        .init("Priority and tags alone", ["x-datadog-sampling-priority": "1", "x-datadog-tags": "_dd.p.dm=-0"]),
        .init(
            "Unreadable parent, priority and tags",
            [
                "x-datadog-trace-id": "123456789", "x-datadog-parent-id": "x", "x-datadog-sampling-priority": "--1",
                "x-datadog-tags": "_dd.p.tid=1234567890ABCDEF",
            ],
            trace: String(low),
            flags: 0,
            .malformed,
            .upperCaseHex
        ),
        .init(
            "Tags: short",
            ["x-datadog-trace-id": "123456789", "x-datadog-tags": "_dd.p.tid=1234"],
            trace: String(low),
            .tooShort
        ),
        .init(
            "Tags over 512 bytes",
            ["x-datadog-trace-id": "123456789", "x-datadog-tags": String(repeating: "a=b,", count: 129)],
            trace: String(low),
            .tooLong
        ),
    ]
}
