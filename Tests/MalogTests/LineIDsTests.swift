import Foundation
import TestSupport
import Testing

@testable import MalogCore

@Suite("The IDs of a line", .timeLimit(.minutes(10)))
struct LineIDsTests {
    /// A line for Datadog whose correlation ID stands in the place of the trace and the span.
    private func correlated(_ id: String) -> String {
        Lines.datadog.replacing(
            #""dd.trace_id":"\#(Lines.trace)","dd.span_id":"13235353014750950193""#,
            with: #""correlation_id":"\#(id)""#
        )
    }

    @Test("A correlation ID of digits in a line for Datadog stays as it is")
    func numericCorrelationID() throws {
        let file = try write([correlated("20261127")])
        #expect(Run("trace", "20261127", file.path).output.hasPrefix("trace 20261127\n"))
        #expect(Run("tail", "--trace", "20261127", file.path).output.contains("trace=20261127 execution=4LRT2TBc"))
        #expect(Run("check", "--expect-trace", "20261127", file.path).status == 0)
    }

    @Test("The trace of a check may be a UUID or upper-case digits, as ma-logger reads it from the environment")
    func expectedTrace() throws {
        let (digits, uuid) = (Lines.trace, "0af76519-16cd-43dd-8448-eb211c80319c")
        let files = [
            try write([Lines.otel(), Lines.elastic, Lines.google, Lines.datadog]), try write([Lines.spans()]),
        ]
        for file in files {
            for id in [digits, uuid, digits.uppercased(), uuid.uppercased()] {
                let run = Run("check", "--expect-trace", id, file.path)
                #expect(run.status == 0, "\(id) \(run.output)")
            }
            for id in [String(uuid.dropLast()), uuid + "0", digits.dropLast() + "d", uuid.dropLast() + "d"] {
                #expect(Run("check", "--expect-trace", id, file.path).status == 1, "\(id)")
            }
        }
        // A correlation ID is compared as it is.
        let correlation = try write([Lines.otel(trace: "order-A", span: nil), correlated("order-A")])
        #expect(Run("check", "--expect-trace", "order-A", correlation.path).status == 0)
        #expect(Run("check", "--expect-trace", "order-a", correlation.path).status == 1)
    }

    @Test("The decimal trace ID of a line for Datadog is the trace of its hex digits")
    func decimalTrace() throws {
        let trace = "000000000000000000000000000000ff"
        let line = Lines.datadog.replacing(Lines.trace, with: "255")
        let file = try write([line, Lines.spans(trace: trace), Lines.otel(trace: trace), line])
        let check = Run("check", file.path)
        #expect(check.status == 0, "\(check.output)")
        #expect(Run("stats", file.path).output.contains(" · 1 trace\n"))
        let other = try write([line, Lines.otel(trace: "000000000000000000000000000000fe")])
        #expect(Run("check", other.path).output.contains("an earlier line has the same span in another trace"))
        #expect(Run("stats", other.path).output.contains(" · 2 traces\n"))
    }

    @Test("IDs with escapes are compared and printed as the texts that they are")
    func escapedIDs() throws {
        let file = try write([
            Lines.otel(trace: #"order \"12345678901234567890\""#, execution: #"run\\7"#, task: #"\"gpu\" 1"#, span: nil)
        ])
        let (trace, execution) = (#"order "12345678901234567890""#, #"run\7"#)
        #expect(Run("check", "--expect-trace", trace, "--expect-execution", execution, file.path).status == 0)
        #expect(Run("check", "--expect-execution", #"run\\7"#, file.path).status == 1)
        #expect(Run("check", "--expect-execution", #"run"#, file.path).status == 1)
        #expect(Run("check", "--expect-execution", #"run\7 "#, file.path).status == 1)
        let printed = Run("tail", file.path).output
        #expect(printed.hasSuffix("trace=\(trace) execution=\(execution) task=\"gpu\" 1\n"))
        for filter in [
            ["--trace", trace], ["--trace", #"order "1"#], ["--execution", execution], ["--task", #""gpu"#],
            ["--id", #""gpu" 1"#], ["--id", #"run\"#],
        ] {
            #expect(Run("tail", filter[0], filter[1], file.path).output == printed, "\(filter)")
        }
        #expect(Run("tail", "--execution", #"run\\"#, file.path).output.isEmpty)
        #expect(Run("trace", trace, file.path).output.hasPrefix("trace \(trace)\n"))
        #expect(Run("trace", #"order "1"#, file.path).status == 0)
        #expect(Run("trace", "--execution", execution, file.path).output.contains("execution \(execution)"))
    }

    @Test("A number and its hex digits have one hash")
    func hashOfNumber() {
        var random = SplitMix(state: 17)
        for number in [1, 15, 16, .max] + (0..<1000).map({ _ in random.next() >> UInt64.random(in: 0..<64) }) {
            let text = Array((String(repeating: "0", count: 16) + LineIDs.hex(number)).utf8)
            text.withUnsafeBufferPointer { #expect(IDForm.hash($0) == IDForm.hash(ofTrace: number)) }
        }
    }

    @Test(
        "Only decimal digits of a number with 64 bits are a number",
        arguments: [
            ("0", 0), ("18446744073709551615", .max), ("18446744073709551616", nil), ("99999999999999999999", nil),
            ("184467440737095516150", nil), ("", nil), ("+1", nil), ("-1", nil), ("1a", nil), ("1 ", nil),
        ] as [(String, UInt64?)]
    )
    func number(_ text: String, _ number: UInt64?) {
        Array(text.utf8).withUnsafeBufferPointer { #expect(IDForm.number($0) == number) }
    }
}
