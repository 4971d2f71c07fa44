/// A row of the picture of a trace: a unit of work, a wait before one, a line, or a remark.
package struct TraceRow: Sendable {
    package enum Content: Sendable {
        case node(TraceNode)
        case wait(seconds: Double, text: String, until: Timestamp)
        case line(TraceLine)
        case remark(String)
        case error(String)
    }

    package let depth: Int
    /// The number of the row's service.
    package let service: Int
    package let content: Content

    /// The most lines of one unit of work that are drawn.
    static let lineLimit = 12

    /// The rows of a tree, from top to bottom.
    package static func rows(of tree: TraceTree, showsLines: Bool) -> [TraceRow] {
        let services = tree.services
        var rows: [TraceRow] = []
        var trace: String?
        for node in tree.nodes {
            let service = services.firstIndex(of: node.service) ?? 0
            if tree.traces.count > 1, node.trace != trace, node.depth == 0 {
                rows.append(
                    TraceRow(depth: 0, service: service, content: .remark("trace \(node.trace ?? "none")"))
                )
            }
            if node.depth == 0 { trace = node.trace }
            if let wait = node.wait, wait > 0 {
                rows.append(
                    TraceRow(
                        depth: node.depth,
                        service: service,
                        content: .wait(seconds: wait, text: Self.handOver(node), until: node.start)
                    )
                )
            }
            rows.append(TraceRow(depth: node.depth, service: service, content: .node(node)))
            append(node, service, showsLines, &rows)
        }
        return rows
    }

    private static func append(_ node: TraceNode, _ service: Int, _ showsLines: Bool, _ rows: inout [TraceRow]) {
        let depth = node.depth + 1
        if let error = node.error { rows.append(TraceRow(depth: depth, service: service, content: .error(error))) }
        // The line that ends a task is the row of the task.
        let lines = node.lines.filter { $0.ended == nil }
        guard showsLines else { return }
        let shown =
            lines.count > lineLimit
            ? lines.enumerated().filter { $0.offset < lineLimit || $0.element.isError } : Array(lines.enumerated())
        for (_, line) in shown { rows.append(TraceRow(depth: depth, service: service, content: .line(line))) }
        if shown.count < lines.count {
            let text = "\(NumberText.counted(lines.count - shown.count, "more line"))"
            rows.append(TraceRow(depth: depth, service: service, content: .remark(text)))
        }
    }

    private static func handOver(_ node: TraceNode) -> String {
        guard node.kind == .consumer else { return "until \(node.name)" }
        let system = node.fields.first { $0.name == "messaging.system" }?.value ?? "messages"
        let partition = node.fields.first { $0.name == "messaging.destination.partition.id" }?.value
        let topic = node.destination.map { " \($0)" } ?? ""
        let name = system == "kafka" ? "Kafka" : system
        return "\(name)\(topic)\(partition.map { "[\($0)]" } ?? "")"
    }
}
