/// The suite's 41 cases.
enum W3CSuite {
    private static let id = W3CSuiteCase.Request.traceID
    private static let ok = "00-\(id)-1234567890123456-01"

    static let cases: [W3CSuiteCase] = traceparent + tracestate + advanced

    private static let traceparent: [W3CSuiteCase] = [
        .init("both_traceparent_and_tracestate_missing", .new([:])),
        .init("traceparent_included_tracestate_missing", .same(ok)),
        .init(
            "traceparent_duplicated",
            .new([
                "traceparent": "00-12345678901234567890123456789011-1234567890123456-01", "traceparent": ok,
            ])
        ),
        .init("traceparent_header_name", .new(["trace-parent": ok]), .new(["trace.parent": ok])),
        .init(
            "traceparent_header_name_valid_casing",
            .same(["TraceParent": ok]),
            .same(["TrAcEpArEnT": ok]),
            .same(["TRACEPARENT": ok])
        ),
        .init("traceparent_version_0x00", .new(ok + "."), .new(ok + "-what-the-future-will-be-like")),
        .init(
            "traceparent_version_0xcc",
            .same("cc-\(id)-1234567890123456-01"),
            .same("cc-\(id)-1234567890123456-01-what-the-future-will-be-like"),
            .new("cc-\(id)-1234567890123456-01.what-the-future-will-be-not-like")
        ),
        .init("traceparent_version_0xff", .new("ff-\(id)-1234567890123456-01")),
        .init(
            "traceparent_version_illegal_characters",
            .new(".0-\(id)-1234567890123456-01"),
            .new("0.-\(id)-1234567890123456-01")
        ),
        .init(
            "traceparent_version_too_long",
            .new("000-\(id)-1234567890123456-01"),
            .new("0000-\(id)-1234567890123456-01")
        ),
        .init("traceparent_version_too_short", .new("0-\(id)-1234567890123456-01")),
        .init("traceparent_trace_id_all_zero", .new("00-00000000000000000000000000000000-1234567890123456-01")),
        .init(
            "traceparent_trace_id_illegal_characters",
            .new("00-.2345678901234567890123456789012-1234567890123456-01"),
            .new("00-1234567890123456789012345678901.-1234567890123456-01")
        ),
        .init("traceparent_trace_id_too_long", .new("00-\(id)3-1234567890123456-01")),
        .init("traceparent_trace_id_too_short", .new("00-\(id.dropLast())-1234567890123456-01")),
        .init("traceparent_parent_id_all_zero", .new("00-\(id)-0000000000000000-01")),
        .init(
            "traceparent_parent_id_illegal_characters",
            .new("00-\(id)-.234567890123456-01"),
            .new("00-\(id)-123456789012345.-01")
        ),
        .init("traceparent_parent_id_too_long", .new("00-\(id)-12345678901234567-01")),
        .init("traceparent_parent_id_too_short", .new("00-\(id)-123456789012345-01")),
        .init(
            "traceparent_trace_flags_illegal_characters",
            .new("00-\(id)-1234567890123456-.0"),
            .new("00-\(id)-1234567890123456-0.")
        ),
        .init("traceparent_trace_flags_too_long", .new("00-\(id)-1234567890123456-001")),
        .init("traceparent_trace_flags_too_short", .new("00-\(id)-1234567890123456-1")),
        .init(
            "traceparent_ows_handling",
            .same(" " + ok),
            .same("\t" + ok),
            .same(ok + " "),
            .same(ok + "\t"),
            .same("\t " + ok + " \t")
        ),
    ]

    private static let tracestate: [W3CSuiteCase] = [
        .init(
            "tracestate_included_traceparent_missing",
            .new(["tracestate": "foo=1"]),
            .new(["tracestate": "foo=1,bar=2"])
        ),
        .init("tracestate_included_traceparent_included", .state("foo=1,bar=2", becomes: "foo=1,bar=2")),
        .init(
            "tracestate_header_name",
            .same(["traceparent": ok, "trace-state": "foo=1"]),
            .same(["traceparent": ok, "trace.state": "foo=1"])
        ),
        .init(
            "tracestate_header_name_valid_casing",
            .same(["traceparent": ok, "TraceState": "foo=1"], state: "foo=1"),
            .same(["traceparent": ok, "TrAcEsTaTe": "foo=1"], state: "foo=1"),
            .same(["traceparent": ok, "TRACESTATE": "foo=1"], state: "foo=1")
        ),
        .init(
            "tracestate_empty_header",
            .state("", becomes: nil),
            .state("foo=1", "", becomes: "foo=1"),
            .state("", "foo=1", becomes: "foo=1")
        ),
        .init(
            "tracestate_multiple_headers_different_keys",
            .state("foo=1,bar=2", "rojo=1,congo=2", "baz=3", becomes: "foo=1,bar=2,rojo=1,congo=2,baz=3")
        ),
        .init(
            "tracestate_duplicated_keys",
            .state("foo=1,foo=1", becomes: "foo=1,foo=1"),
            .state("foo=1,foo=2", becomes: "foo=1,foo=2"),
            .state("foo=1", "foo=1", becomes: "foo=1,foo=1"),
            .state("foo=1", "foo=2", becomes: "foo=1,foo=2")
        ),
        .init(
            "tracestate_all_allowed_characters",
            .state(key + "=" + value, becomes: key + "=" + value),
            .state(key + "@a-z0-9_-*/=" + value, becomes: key + "@a-z0-9_-*/=" + value)
        ),
        .init(
            "tracestate_ows_handling",
            .state("foo=1 \t , \t bar=2, \t baz=3", becomes: "foo=1,bar=2,baz=3"),
            .state("foo=1\t \t,\t \tbar=2,\t \tbaz=3", becomes: "foo=1,bar=2,baz=3"),
            .state(" foo=1", becomes: "foo=1"),
            .state("\tfoo=1", becomes: "foo=1"),
            .state("foo=1 ", becomes: "foo=1"),
            .state("foo=1\t", becomes: "foo=1"),
            .state("\t foo=1 \t", becomes: "foo=1")
        ),
        .init(
            "tracestate_key_illegal_characters",
            .state("foo =1", becomes: nil),
            .state("FOO=1", becomes: nil),
            .state("foo.bar=1", becomes: nil)
        ),
        .init(
            "tracestate_key_illegal_vendor_format",
            .state("foo@=1,bar=2", becomes: "foo@=1,bar=2"),
            .state("@foo=1,bar=2", becomes: nil),
            .state("foo@@bar=1,bar=2", becomes: "foo@@bar=1,bar=2"),
            .state("foo@bar@baz=1,bar=2", becomes: "foo@bar@baz=1,bar=2")
        ),
        .init(
            "tracestate_member_count_limit",
            .state(members(1...10), members(11...20), members(21...30), members(31...32), becomes: members(1...32)),
            .state(members(1...10), members(11...20), members(21...30), members(31...33), becomes: nil)
        ),
        .init(
            "tracestate_key_length_limit",
            .state("foo=1", z(256) + "=1", becomes: "foo=1," + z(256) + "=1"),
            .state("foo=1", z(257) + "=1", becomes: nil),
            .state("foo=1", z(241) + "@" + z(14) + "=1", becomes: "foo=1," + z(241) + "@" + z(14) + "=1"),
            .state("foo=1", z(242) + "@v=1", becomes: "foo=1," + z(242) + "@v=1"),
            .state("foo=1", "t@" + z(15) + "=1", becomes: "foo=1,t@" + z(15) + "=1")
        ),
        .init(
            "tracestate_value_illegal_characters",
            .state("foo=bar=baz", becomes: nil),
            .state("foo=,bar=3", becomes: nil)
        ),
    ]

    private static let advanced: [W3CSuiteCase] = [
        .init("multiple_requests_with_valid_traceparent", calls: 3, .same(ok)),
        .init("multiple_requests_without_traceparent", calls: 3, .new([:])),
        .init(
            "multiple_requests_with_illegal_traceparent",
            calls: 3,
            .new("00-00000000000000000000000000000000-1234567890123456-01")
        ),
        .init("propagates_random_flag", .same("00-\(id)-1234567890123456-02", flags: 2)),
    ]

    private static let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"

    /// Every character that a value can contain, beginning with a space.
    private static let value = String(
        decoding: (0x20...0x7E).filter { $0 != 0x2C && $0 != 0x3D }.map { UInt8($0) },
        as: UTF8.self
    )

    private static func z(_ count: Int) -> String { String(repeating: "z", count: count) }

    private static func members(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { "bar\($0)=\($0)" }.joined(separator: ",")
    }
}
