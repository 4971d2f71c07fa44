/// A row of the picture of a trace: a unit of work, a wait before one, a line, or a remark.
package struct TraceRow: Sendable {
    package enum Content: Sendable {
        case node(TraceNode)
        /// A unit of work of which only one line is known.
        case single(TraceNode, TraceLine)
        case wait(from: Timestamp, until: Timestamp, text: String)
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

    /// The rows of a tree, from top to bottom. The lines of a unit of work and the units below it are in the order of
    /// time.
    package static func rows(of tree: TraceTree, showsLines: Bool) -> [TraceRow] {
        var rows = RowList(tree: tree, showsLines: showsLines)
        return rows.make()
    }

    fileprivate static func handOver(_ node: TraceNode) -> String {
        guard node.kind == .consumer else { return "until \(node.name)" }
        let system = node.fields.first { $0.name == "messaging.system" }?.value ?? "messages"
        let partition = node.fields.first { $0.name == "messaging.destination.partition.id" }?.value
        let topic = node.destination.map { " \($0)" } ?? ""
        let name = system == "kafka" ? "Kafka" : system
        return "\(name)\(topic)\(partition.map { "[\($0)]" } ?? "")"
    }
}

/// Makes the rows of a tree, without recursion: a hostile file may nest its spans as deep as it likes.
private struct RowList {
    private enum Item {
        case node(Int)
        case line(TraceLine, depth: Int)
        case remark(String, depth: Int)
    }

    private let tree: TraceTree
    private let showsLines: Bool
    private let services: [String: Int]
    private let children: [Int?: [Int]]
    private var rows: [TraceRow] = []
    private var trace: String?
    private var handOvers: Set<HandOver> = []

    /// The time that a message waited before a service got it.
    private struct HandOver: Hashable {
        let sender: Int?
        let service: String
        let text: String
    }

    init(tree: TraceTree, showsLines: Bool) {
        self.tree = tree
        self.showsLines = showsLines
        services = Dictionary(uniqueKeysWithValues: tree.services.enumerated().map { ($0.element, $0.offset) })
        children = Dictionary(grouping: tree.nodes.indices) { tree.nodes[$0].parent }
    }

    mutating func make() -> [TraceRow] {
        var stack = (children[nil] ?? []).reversed().map { Item.node($0) }
        while let item = stack.popLast() {
            switch item {
            case .node(let index): stack += append(index).reversed()
            case .line(let line, let depth): append(.line(line), depth, line.service)
            case .remark(let text, let depth): append(.remark(text), depth, "")
            }
        }
        return rows
    }

    private mutating func append(_ content: TraceRow.Content, _ depth: Int, _ service: String) {
        rows.append(TraceRow(depth: depth, service: services[service] ?? 0, content: content))
    }

    /// Appends the rows of a unit of work. Returns the items below it.
    private mutating func append(_ index: Int) -> [Item] {
        let node = tree.nodes[index]
        if node.depth == 0, tree.traces.count > 1, node.trace != trace {
            append(.remark("trace \(node.trace ?? "none")"), 0, node.service)
            trace = node.trace
        }
        // A short time between two units of work is not a hand-over that a reader looks for.
        if let end = node.causeEnd, let wait = node.wait, wait > 0,
            node.kind == .consumer || wait > tree.seconds * 0.02
        {
            let text = TraceRow.handOver(node)
            let handOver = HandOver(sender: node.parent, service: node.service, text: text)
            // The time before a further attempt is not a wait in the topic.
            if node.kind != .consumer || handOvers.insert(handOver).inserted {
                append(.wait(from: end, until: node.start, text: text), node.depth, node.service)
            }
        }
        let below = children[index] ?? []
        let isSingle = !node.isMeasured && node.lines.count == 1 && below.isEmpty && showsLines
        append(isSingle ? .single(node, node.lines[0]) : .node(node), node.depth, node.service)
        if let error = node.error { append(.error(error), node.depth + 1, node.service) }
        return isSingle ? [] : items(of: node, below)
    }

    private func items(of node: TraceNode, _ below: [Int]) -> [Item] {
        var items = below.map { (time: tree.nodes[$0].start, item: Item.node($0)) }
        guard showsLines else { return items.map(\.item) }
        // The line that ends a task is the row of the task.
        let lines = node.lines.filter { $0.ended == nil }
        let limit = TraceRow.lineLimit
        let shown = lines.enumerated().filter { $0.offset < limit || $0.element.isError }.map(\.element)
        items += shown.map { ($0.time, .line($0, depth: node.depth + 1)) }
        items.sort { $0.time < $1.time }
        var result = items.map(\.item)
        if shown.count < lines.count {
            let text = NumberText.counted(lines.count - shown.count, "more line")
            result.append(.remark(text, depth: node.depth + 1))
        }
        return result
    }
}
