import ContextPropagation

/// Vectors for AWS X-Ray, from its developer guide, the load balancer's guide and the cases of OpenTelemetry's
/// propagator.
enum XRayVectors {
    static let root = "1-8a3c60f7-d188f8fa79d48a391a778fa6"
    static let trace = "8a3c60f7d188f8fa79d48a391a778fa6"
    static let parent = "53995c3f42cd8ad8"

    static let valid: [HeaderVector] = [
        .init(
            "Tracing header",
            ["X-Amzn-Trace-Id": "Root=\(root);Parent=\(parent);Sampled=1"],
            trace: trace,
            parent: parent,
            sampled: true,
            flags: 1
        ),
        .init(
            "Tracing header",
            ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled=0"],
            trace: trace,
            parent: parent,
            sampled: false,
            flags: 0
        ),
        .init(
            "Tracing header, ?",
            ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled=?"],
            trace: trace,
            parent: parent,
            flags: 0
        ),
        .init(
            "Tracing header, undecided",
            ["x-amzn-trace-id": "Root=\(root);Parent=\(parent)"],
            trace: trace,
            parent: parent,
            flags: 0
        ),
        .init(
            "Tracing header, example",
            ["X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"],
            trace: "5759e988bd862e3fe1be46a994272793",
            sampled: true
        ),
        .init(
            "Tracing header, example",
            ["X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"],
            trace: "5759e988bd862e3fe1be46a994272793",
            parent: "53995c3f42cd8ad8",
            sampled: true
        ),
        .init(
            "Load balancer, root alone",
            ["X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"],
            trace: "67891233abcdef012345678912345678"
        ),
        .init(
            "Load balancer, self",
            ["X-Amzn-Trace-Id": "Self=1-67891233-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678"],
            trace: "67891233abcdef012345678912345678"
        ),
        .init(
            "Load balancer, other fields",
            [
                "X-Amzn-Trace-Id":
                    "Self=1-67891233-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678;CalledFrom=app"
            ],
            trace: "67891233abcdef012345678912345678"
        ),
        .init(
            "any order",
            ["x-amzn-trace-id": "Parent=\(parent);Sampled=1;Root=\(root)"],
            trace: trace,
            parent: parent,
            sampled: true
        ),
        .init(
            "spaces",
            ["x-amzn-trace-id": " Root=\(root); Parent=\(parent) ;\tSampled=1 "],
            trace: trace,
            parent: parent,
            sampled: true
        ),
        .init(
            "empty fields",
            ["x-amzn-trace-id": "Root=\(root);;Parent=\(parent);Sampled=1;"],
            trace: trace,
            parent: parent,
            sampled: true
        ),
        .init(
            "Lineage",
            ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled=1;Lineage=32767:e65a2c4d:255"],
            trace: trace,
            parent: parent,
            sampled: true
        ),
        .init(
            "the time without leading zeros",
            ["x-amzn-trace-id": "Root=1-0-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=1;Foo=Bar"],
            trace: "00000000d188f8fa79d48a391a778fa6",
            parent: parent,
            sampled: true
        ),
        .init(
            "the time without leading zeros",
            ["x-amzn-trace-id": "Root=1-1a-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=1;Foo=Bar"],
            trace: "0000001ad188f8fa79d48a391a778fa6",
            parent: parent,
            sampled: true
        ),
        .init(
            "a time of zeros",
            ["x-amzn-trace-id": "Root=1-00000000-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=1;Foo=Bar"],
            trace: "00000000d188f8fa79d48a391a778fa6",
            parent: parent,
            sampled: true
        ),
        .init(
            "hex in either case",
            ["x-amzn-trace-id": "Root=1-8A3C60F7-D188F8FA79D48A391A778FA6;Parent=53995C3F42CD8AD8;Sampled=1"],
            trace: trace,
            parent: parent,
            sampled: true
        ),
    ]

    static let invalid: [HeaderVector] = [
        .init("Tracing header", ["x-amzn-trace-id": nil]),
        .init("Tracing header", ["x-amzn-traceid": "Root=\(root)"]),
        .init("Tracing header", ["x-amzn-trace-id": ""], .incomplete),
        .init("Tracing header", ["x-amzn-trace-id": "Parent=\(parent);Sampled=1"], .incomplete),
        .init("Tracing header", ["x-amzn-trace-id": root], .malformed),
        .init("Tracing header", ["x-amzn-trace-id": "Root=\(root);nonsense"], .malformed),
        .init("Tracing header", ["x-amzn-trace-id": "Root=\(root);Root=\(root)"], .duplicate),
        .init(
            "Root",
            ["x-amzn-trace-id": "Root=abcdefghijklmnopabcdefghijklmnop;Parent=\(parent);Sampled=0"],
            .malformed
        ),
        .init("Root", ["x-amzn-trace-id": "Root=\(root)00;Parent=\(parent);Sampled=0"], .tooLong),
        .init(
            "Root",
            ["x-amzn-trace-id": "Root=1-64fbd5a9-2202432c9dfed25ae1e6996;Parent=\(parent);Sampled=0"],
            .tooShort
        ),
        .init(
            "Root",
            ["x-amzn-trace-id": "Root=1-8a3c60f711-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=0"],
            .tooLong
        ),
        .init("Root", ["x-amzn-trace-id": "Root=1--d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=0"], .tooShort),
        .init("Root", ["x-amzn-trace-id": "Root=1-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=0"], .tooShort),
        .init(
            "Root",
            ["x-amzn-trace-id": "Root=2-1a2a3a4a-d188f8fa79d48a391a778fa6;Parent=\(parent);Sampled=1;Foo=Bar"],
            .malformed
        ),
        .init("Root", ["x-amzn-trace-id": "Root=\(root)-1;Parent=\(parent)"], .malformed),
        .init("Root", ["x-amzn-trace-id": "Root=1-00000000-000000000000000000000000;Parent=\(parent)"], .zeroTraceID),
        .init("Root", ["x-amzn-trace-id": "Root=1-8a3c60g7-d188f8fa79d48a391a778fa6"], .notHex),
        .init("Root", ["x-amzn-trace-id": "Root=1-8a3c60f7-d188f8fa79d48a391a778fag"], .notHex),
        .init("Root", ["x-amzn-trace-id": "Root="], .malformed),
        .init("Parent", ["x-amzn-trace-id": "Root=\(root);Parent=abcdefghijklmnop;Sampled=0"], .notHex),
        .init("Parent", ["x-amzn-trace-id": "Root=\(root);Parent=\(parent)00;Sampled=0"], .tooLong),
        .init("Parent", ["x-amzn-trace-id": "Root=\(root);Parent=;Sampled=0"], .tooShort),
        .init("Parent", ["x-amzn-trace-id": "Root=\(root);Parent=0000000000000000"], .zeroSpanID),
        .init("Sampled", ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled="], .malformed),
        .init("Sampled", ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled=10220"], .malformed),
        .init("Sampled", ["x-amzn-trace-id": "Root=\(root);Parent=\(parent);Sampled=a"], .malformed),
        .init("Tracing header", ["x-amzn-trace-id": "Root=\(root);" + String(repeating: "x", count: 512)], .tooLong),
        .init("Tracing header", bytes: [UInt8](repeating: 0xFF, count: 74), in: "x-amzn-trace-id", .malformed),
    ]
}
