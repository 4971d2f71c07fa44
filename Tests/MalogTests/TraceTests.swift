import Foundation
import TestSupport
import Testing

@testable import MalogCore

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("malog trace", .timeLimit(.minutes(10)))
struct TraceTests {
    private let trace = Lines.trace

    /// A frame's lines and spans: a camera sends, a detector receives, decodes and fails, an archive stores.
    private var frame: [String] {
        let start: Int64 = 1_795_691_443_000_000_000
        func kafka(_ topic: String) -> String {
            #"{"key":"messaging.system","value":{"stringValue":"kafka"}},"#
                + #"{"key":"messaging.destination.name","value":{"stringValue":"\#(topic)"}}"#
        }
        return [
            Lines.otel(time: "2026-11-26T11:10:43.000000Z", service: "camera", span: "a000000000000001"),
            Lines.spans(
                span: "a000000000000002",
                name: "send frames",
                kind: 4,
                start: start + 1_000_000,
                end: start + 2_000_000,
                service: "camera",
                attributes: kafka("frames")
            ),
            Lines.spans(
                span: "b000000000000001",
                parent: "a000000000000002",
                name: "process frames",
                kind: 5,
                start: start + 3_000_000_000,
                end: start + 3_010_000_000,
                service: "detector",
                attributes: kafka("frames")
            ),
            Lines.otel(
                time: "2026-11-26T11:10:46.008000Z",
                level: "ERROR",
                message: "Task inference failed",
                service: "detector",
                task: "gpu-1",
                span: "b000000000000002",
                more: #","attributes":{"duration":0.005,"thread":"gpu"},"exception.type":"ModelError","#
                    + #""exception.message":"out of <memory>""#
            ),
            Lines.otel(
                time: "2026-11-26T11:10:46.004000Z",
                message: "inside",
                service: "detector",
                task: "gpu-1",
                span: "b000000000000002"
            ),
        ]
    }

    private func tree(_ lines: [String]) -> TraceTree {
        let visitor = TraceVisitor(TraceQuery(id: trace), TraceLimit())
        let text = Array((lines.joined(separator: "\n")).utf8)
        let memory = GuardedMemory(capacity: text.count)
        let block = LineBlock(start: memory.place(text), count: text.count + 1)
        _ = visitor.visit(block, LinePlace(input: 0, segment: 0, line: 0))
        return TraceTree(lines: visitor.lines, spans: visitor.spans)
    }

    @Test("Spans hang below the spans that sent them, tasks below the work that contains them")
    func parents() {
        let nodes = tree(frame).nodes
        #expect(nodes.map(\.name) == ["camera-1", "send frames", "process frames", "inference"])
        #expect(nodes.map(\.depth) == [0, 0, 1, 2])
        #expect(nodes[3].thread == "gpu")
        #expect(nodes[3].isFailed && nodes[3].error == "ModelError: out of <memory>")
        #expect(abs(nodes[3].seconds - 0.005) < 1e-9)
        #expect(nodes[3].lines.map(\.message) == ["inside", "Task inference failed"])
        #expect(abs((nodes[2].wait ?? 0) - 2.998) < 1e-6)
    }

    @Test("All threads together collect no more lines and bytes than the limit, and the next line stops them")
    func limit() {
        let bytes = 2 * Lines.otel().utf8.count + Lines.spans().utf8.count
        for limit in [TraceLimit(3), TraceLimit(bytes: bytes)] {
            let visitors = (0..<2).map { _ in TraceVisitor(TraceQuery(id: trace), limit) }
            let text = Array((Lines.otel() + "\n" + Lines.spans()).utf8)
            let memory = GuardedMemory(capacity: text.count)
            let block = LineBlock(start: memory.place(text), count: text.count + 1)
            for (visitor, isDone) in zip(visitors, [false, true]) {
                #expect(!visitor.isDone)
                _ = visitor.visit(block, LinePlace(input: 0, segment: 0, line: 0))
                #expect(visitor.isDone == isDone)
            }
            #expect(visitors.map { $0.lines.count + $0.spans.count } == [2, 1])
        }
    }

    @Test(
        "A trace with thousands of parallel tasks has the right parents, also if lines name each task as their parent",
        arguments: [true, false],
        [true, false]
    )
    func manyTasks(nested: Bool, named: Bool) {
        let count: Int64 = 2000
        let start: Int64 = 1_795_691_443_000_000_000
        // Nested tasks each contain the next one. The others overlap, and only the whole contains them.
        let lines = (0..<count).map { number in
            let (begin, end) =
                number == 0
                ? (start, start + count * 4000)
                : nested
                    ? (start + number * 1000, start + (count * 4 - number) * 1000)
                    : (start + number * 1000, start + (count * 2 + number) * 1000)
            return TraceLine(
                time: Timestamp(nanoseconds: end),
                message: "Task work success",
                service: "worker",
                trace: trace,
                span: "\(number)",
                fields: [("duration", "\(Double(end - begin) / 1e9)")]
            )
        }
        let children = lines.map { line in
            TraceLine(time: line.time, message: "x", trace: trace, span: "x\(line.span ?? "")", parent: line.span)
        }
        let nodes = TraceTree(lines: named ? lines + children : lines, spans: []).nodes
        #expect(nodes.count == lines.count + (named ? children.count : 0))
        let tasks = nodes.filter { $0.span?.hasPrefix("x") == false }
        #expect(tasks.first?.depth == 0)
        for (index, node) in tasks.enumerated().dropFirst() { #expect(node.depth == (nested ? index : 1)) }
    }

    /// A line of the schema with these IDs.
    private func line(_ schema: LineSchema, _ message: String, _ second: Int, span: UInt64, parent: UInt64) -> String {
        let member = #""parent_span_id":"\#(schema == .datadog ? "\(parent)" : LineIDs.hex(parent))""#
        let before = schema == .gcp ? #""task_id":"camera-1""# : #""trace_flags":"01""#
        let line = Lines.allSchemas.first { $0.schema == schema }?.line ?? ""
        return line.replacing("11:10:43", with: "11:10:\(second)").replacing("frame captured", with: message)
            .replacing(Lines.span, with: LineIDs.hex(span)).replacing("13235353014750950193", with: "\(span)")
            .replacing(before, with: "\(before),\(member)")
    }

    @Test(
        "Plain lines with parent_span_id form a tree, across services and times",
        arguments: [LineSchema.otel, .ecs, .gcp, .datadog]
    )
    func loggedParents(schema: LineSchema) throws {
        // In the order of time, each line would stand by itself: none contains another.
        let lines = [
            line(schema, "request", 43, span: 0xa1, parent: 0x99), line(schema, "decode", 44, span: 0xb1, parent: 0xa1),
            line(schema, "detect", 45, span: 0xb2, parent: 0xa1), line(schema, "store", 46, span: 0xc1, parent: 0xb1),
        ]
        var check = LineCheck(CheckOptions())
        for line in lines {
            let memory = GuardedMemory(capacity: line.utf8.count)
            _ = try check.check(memory.place(Array(line.utf8)))
        }
        let nodes = tree(lines.shuffled()).nodes
        #expect(nodes.map(\.lines.first?.message) == ["request", "decode", "store", "detect"])
        #expect(nodes.map(\.depth) == [0, 1, 2, 1])
    }

    @Test("Lines that name each other as parents, or themselves, are drawn once each")
    func parentCycle() {
        let nodes = tree([
            line(.otel, "a", 43, span: 0xa1, parent: 0xa2), line(.otel, "b", 44, span: 0xa2, parent: 0xa1),
            line(.otel, "c", 45, span: 0xa3, parent: 0xa3),
        ]).nodes
        #expect(nodes.map(\.lines.first?.message).sorted { $0 ?? "" < $1 ?? "" } == ["a", "b", "c"])

    }

    @Test("The drawing shows the hop over Kafka with its time, the task, its thread and the error, in 100 columns")
    func terminal() throws {
        let file = try write(frame + [Lines.otel(trace: "1af7651916cd43dd8448eb211c80319c", span: nil)])
        let run = Run("trace", String(trace.prefix(6)), file.path)
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines { #expect(line.count <= 100, "\(line)") }
        #expect(run.output.hasPrefix("trace \(trace)  ✖ 1 failure\n2026-11-26 11:10:43.000000 UTC · 3.01 s · 3 lines"))
        #expect(run.output.contains("■ camera   ■ detector"))
        #expect(lines.contains { $0.contains("⇢ Kafka frames") && $0.hasSuffix("3.00 s") })
        #expect(lines.contains { $0.contains("✖ inference  gpu-1 thread gpu") && $0.hasSuffix("5.00 ms") })
        #expect(lines.contains { $0.contains("✖ ModelError: out of <memory>") })
        #expect(lines.contains { $0.contains("⋯3.00 s⋯") })
    }

    @Test("Only the first attempt of a service has the time that the message waited in its topic")
    func attempts() throws {
        let again = Lines.spans(
            span: "b000000000000009",
            parent: "a000000000000002",
            name: "process frames",
            kind: 5,
            start: 1_795_691_447_000_000_000,
            end: 1_795_691_447_010_000_000,
            service: "detector",
            attributes: #"{"key":"messaging.system","value":{"stringValue":"kafka"}},"#
                + #"{"key":"messaging.destination.name","value":{"stringValue":"frames"}}"#
        )
        let file = try write(frame + [again])
        let run = Run("trace", trace, file.path)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count { $0.contains("process frames") } == 2)
        #expect(lines.filter { $0.contains("⇢ Kafka frames") }.map { $0.hasSuffix("3.00 s") } == [true])
    }

    @Test("The page and the picture are whole, without scripts and links, and texts cannot become markup")
    func markup() throws {
        let file = try write(frame + [Lines.otel(message: "<script>alert(1)</script>\\u0000\\u001b")])
        let page = Run("trace", trace, "--html", "-", file.path).output
        let picture = Run("trace", trace, "--svg", "-", file.path).output
        for text in [page, picture] {
            #expect(!text.contains("<script"))
            #expect(text.contains("&lt;script&gt;alert(1)"))
            #expect(text.contains("out of &lt;memory&gt;"))
            #expect(text.contains("Kafka frames"))
            #expect(!text.contains("href") && !text.contains("src="))
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        }
        #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
        let parser = XMLParser(data: Data(picture.utf8))
        #expect(parser.parse())
    }

    @Test("Each drawing has the title, the facts, the execution, the thread and the time that a message waited")
    func sameTexts() throws {
        let single = Lines.otel(
            time: "2026-11-26T11:10:46.009000Z",
            level: "WARNING",
            message: "slow disk",
            service: "",
            task: "archive-1",
            span: "c000000000000001",
            more: #","attributes":{"thread":"io"}"#
        )
        let file = try write(frame + [single])
        for option in [["--width", "200"], ["--html", "-"], ["--svg", "-"]] {
            let text = Run(["trace", trace, file.path] + option).output
            for part in [
                "trace \(trace)", "✖ 1 failure", "2026-11-26 11:10:43.000000 UTC · 3.01 s · 4 lines · 5 spans",
                "execution 4LRT2TBc", "camera", "detector", "gpu-1 thread gpu", "archive-1 thread io thread=io",
                "⇢ Kafka frames", "3.00 s", "5.00 ms",
            ] { #expect(text.contains(part), "\(option): \(part)") }
        }
    }

    @Test("A wait of any length has its exact time", arguments: [1, 999, 1_000_000_001, 4_000_000_000_000_000_003])
    func exactWait(nanoseconds: Int64) throws {
        func line(_ time: Int64, _ span: String) -> TraceLine {
            TraceLine(time: Timestamp(nanoseconds: time), message: "x", service: "s", trace: trace, span: span)
        }
        let start: Int64 = 1_795_691_443_000_000_001
        let tree = TraceTree(lines: [line(start, "a"), line(start + nanoseconds, "b")], spans: [])
        let waits = TraceRow.rows(of: tree, showsLines: true).compactMap { row -> Int64? in
            guard case .wait(let from, let until, _) = row.content else { return nil }
            return until.nanoseconds - from.nanoseconds
        }
        #expect(waits == [nanoseconds])
        #expect(tree.nodes[1].wait == Double(nanoseconds) / 1e9)
    }

    @Test("An ID that several traces begin with is an error that names them")
    func ambiguous() throws {
        let other = "0af7651916cd43dd8448eb211c803100"
        let file = try write([Lines.otel(), Lines.otel(trace: other, span: "b7ad6b7169203332")])
        let run = Run("trace", "0af7", file.path)
        #expect(run.status == 2)
        #expect(run.errors.contains("2 traces begin with 0af7; give more digits:"))
        #expect(run.errors.contains(other) && run.errors.contains(trace))
        #expect(Run("trace", other.uppercased(), file.path).output.hasPrefix("trace \(other)\n"))
        let uuid = "0AF76519-16CD-43DD-8448-EB211C803100"
        #expect(Run("trace", uuid, file.path).output.hasPrefix("trace \(other)\n"))
        let words = try write([Lines.otel(trace: "ABC-12", span: nil)])
        #expect(Run("trace", "ABC-12", words.path).output.hasPrefix("trace ABC-12\n"))
        let missing = Run("trace", "ffff", file.path)
        #expect(missing.status == 1 && missing.errors.contains("no line has the trace ID ffff"))
        #expect(Run("trace").errors.contains("malog trace: the ID is missing"))
    }

    @Test("All traces of an execution are drawn, in all schemas")
    func execution() throws {
        let file = try write([
            Lines.elastic, Lines.google, Lines.datadog,
            Lines.otel(trace: "1af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203332"), Lines.otel(execution: "x"),
        ])
        let run = Run("trace", "--execution", "4LRT2TBc", file.path)
        #expect(run.output.hasPrefix("2 traces\n"))
        #expect(run.output.contains("· 4 lines ·"))
        #expect(run.output.contains("execution 4LRT2TBc"))
    }

    @Test("A decimal trace ID of Datadog is found by its hex digits")
    func datadog() throws {
        let line = Lines.datadog.replacingOccurrences(of: Lines.trace, with: "255")
        let file = try write([line])
        let run = Run("trace", "000000000000000000000000000000ff", file.path)
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test("Hostile spans make no endless loop and no crash")
    func hostile() throws {
        let far = Int64.max
        let lines = [
            Lines.spans(span: "a000000000000001", parent: "a000000000000002", start: far, end: 0),
            Lines.spans(span: "a000000000000002", parent: "a000000000000001", start: -far, end: far),
            Lines.spans(span: "a000000000000003", parent: "a000000000000003"),
            Lines.otel(message: "Task x success", more: #","attributes":{"duration":1e308}"#),
            Lines.otel(message: "Task y success", more: #","attributes":{"duration":999999999}"#),
            Lines.otel(message: "Task  failed", more: #","attributes":{"duration":-1}"#),
            Lines.otel(time: "1970-01-01T00:00:00.000000Z"), Lines.otel(time: "2199-12-31T23:59:59.999999Z"),
            #"{"resourceSpans":[{"resource":7,"scopeSpans":[{"spans":[7,{"traceId":7},{"traceId":"\#(trace)"}]}]}]}"#,
        ]
        let file = try write(lines)
        for arguments in [[], ["--html", "-"], ["--svg", "-"]] {
            var output = Output(descriptor: nil)
            let status = Malog.run(["trace", trace, file.path] + arguments, &output, isTerminal: false) { _ in }
            #expect(status == 0)
            #expect(!output.text.isEmpty)
        }
    }

    @Test("Random trees have each span once, below a parent that comes before it")
    func property() {
        var random = SplitMix(state: 11)
        for _ in 0..<200 {
            let count = Int.random(in: 1...30, using: &random)
            let lines = (0..<count).map { number in
                let start = Int64.random(in: 0...1_000_000, using: &random)
                let parent = Int.random(in: 0..<40, using: &random)
                return Lines.spans(
                    span: "a0000000000000\(10 + number)",
                    parent: parent < 35 ? "a0000000000000\(10 + parent)" : nil,
                    start: 1_795_691_443_000_000_000 + start,
                    end: 1_795_691_443_000_000_000 + start + Int64.random(in: 0...1_000_000, using: &random)
                )
            }
            let nodes = tree(lines).nodes
            #expect(Set(nodes.map(\.span)).count == count && nodes.count == count)
            for (index, node) in nodes.enumerated() {
                #expect(node.depth == (node.parent.map { nodes[$0].depth + 1 } ?? 0))
                #expect((node.parent ?? -1) < index)
            }
        }
    }

    @Test("A time at which another unit logs a line is not in a pause")
    func axisOfInterleavedLines() {
        func line(_ second: Int, _ span: String) -> String {
            Lines.otel(time: "2026-11-26T11:10:\(second).000000Z", span: "a00000000000000\(span)")
        }
        let axis = TimeAxis(tree([line(10, "1"), line(20, "1"), line(15, "2")]))
        #expect(axis.gaps.map(\.seconds) == [5, 5])
    }

    @Test("The axis shortens long pauses, and keeps the order of times")
    func axis() {
        let tree = tree(frame)
        let axis = TimeAxis(tree)
        #expect(axis.gaps.count == 1)
        #expect(axis.place(tree.start) == 0)
        #expect(abs(axis.place(tree.end) - 1) < 1e-6)
        var last = 0.0
        for step in 0...1000 {
            let nanoseconds =
                tree.start.nanoseconds + (tree.end.nanoseconds - tree.start.nanoseconds) / 1000 * Int64(step)
            let place = axis.place(Timestamp(nanoseconds: nanoseconds))
            #expect(place >= last && place <= 1)
            last = place
        }
    }
}
