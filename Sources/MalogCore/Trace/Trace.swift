/// `malog trace`: draws one trace.
package enum Trace {
    /// Finds the trace in the files and draws it.
    ///
    /// - Returns: The exit status 0, or 1 if no line has the ID.
    /// - Throws: A file that cannot be read or written, or an ID that more than one trace begins with.
    package static func run(
        _ options: TraceOptions,
        _ output: inout Output,
        style: TextStyle,
        complain: (String) -> Void
    ) throws -> Int32 {
        guard let id = options.id, !id.isEmpty else {
            throw UsageError("malog trace: the ID is missing: malog trace ID FILE…")
        }
        let query = TraceQuery(id: id, isExecution: options.isExecution)
        let inputs = try ScanInput.open(options.files)
        let scan = ParallelScan<TraceVisitor>(inputs, progress: .onTerminal("searching", inputs))
        let limit = TraceLimit()
        let visitors = try scan.run { TraceVisitor(query, limit) }
        let count = visitors.reduce(0) { $0 + $1.lines.count + $1.spans.count }
        let found = try select(query, visitors.flatMap(\.lines), visitors.flatMap(\.spans))
        guard !found.lines.isEmpty || !found.spans.isEmpty else {
            let names = inputs.count == 1 ? inputs[0].name : NumberText.counted(inputs.count, "file")
            let kind = options.isExecution ? "execution" : "trace"
            complain("malog trace: \(names): no line has the \(kind) ID \(query.id)\n")
            return 1
        }
        if limit.isExceeded {
            let lines = NumberText.counted(count, "line")
            complain("malog trace: only the first \(lines) that were found are drawn; malog tail prints all\n")
        }
        let tree = TraceTree(lines: found.lines, spans: found.spans)
        let pictures = [
            options.html.map { ($0, { HTMLWaterfall(tree).text() }) },
            options.svg.map { ($0, { SVGWaterfall(tree).text() }) },
        ].compactMap { $0 }
        for (path, picture) in pictures { try write(picture(), to: path, &output) }
        if pictures.isEmpty {
            let width = options.width > 0 ? options.width : System.columns(of: 1) ?? 100
            output.append(TerminalWaterfall(tree, width: width, style: style).text(showsLines: options.showsLines))
        }
        return 0
    }

    /// The lines of the only trace whose ID begins with the query's.
    private static func select(
        _ query: TraceQuery,
        _ lines: [TraceLine],
        _ spans: [TraceSpan]
    ) throws(UsageError) -> (lines: [TraceLine], spans: [TraceSpan]) {
        if query.isExecution { return (lines, spans) }
        let traces = Set(lines.compactMap(\.trace) + spans.map(\.trace))
        guard traces.count > 1 else { return (lines, spans) }
        for id in [query.id, query.normalized].compactMap({ $0 }) where traces.contains(id) {
            return (lines.filter { $0.trace == id }, spans.filter { $0.trace == id })
        }
        let choices = traces.sorted().prefix(5).map { PlainText.visible($0) }.joined(separator: "\n  ")
        let more = traces.count > 5 ? "\n  … and \(NumberText.grouped(traces.count - 5)) more" : ""
        throw UsageError(
            "malog trace: \(NumberText.grouped(traces.count)) traces begin with \(query.id); give more digits:\n"
                + "  \(choices)\(more)"
        )
    }

    private static func write(_ text: String, to path: String, _ output: inout Output) throws {
        if path == "-" { return output.append(text) }
        let descriptor = try System.create(path)
        defer { System.close(descriptor) }
        var text = text
        if let number = text.withUTF8({ System.write(UnsafeRawBufferPointer($0), to: descriptor) }) {
            throw System.Failure(path, number)
        }
    }
}
