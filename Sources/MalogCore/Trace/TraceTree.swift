/// One unit of work in a trace: an exported span, a monitored task, or all lines with one span ID.
package struct TraceNode: Sendable {
    package var span: String?
    package var name: String
    package var service: String
    package var task: String?
    package var thread: String?
    package var start: Timestamp
    package var end: Timestamp
    /// Whether the start and the end are known, and not only those of lines.
    package var isMeasured = false
    package var kind = TraceSpan.Kind.internal
    package var isFailed = false
    package var error: String?
    package var fields: [(name: String, value: String)] = []
    package var lines: [TraceLine] = []
    /// The topic or queue of a message.
    package var destination: String?
    package var trace: String?
    /// The span ID of the parent, if an exported span names one.
    fileprivate(set) var explicitParent: String?
    /// The span ID of the parent, if lines name one (`parent_span_id`). The parent itself need not have lines.
    fileprivate(set) var loggedParent: String?
    /// The place in ``TraceTree/nodes`` of the parent.
    package fileprivate(set) var parent: Int?
    package fileprivate(set) var depth = 0
    /// The end of the work that caused this, if a message or another hand-over is between that work and this.
    package fileprivate(set) var causeEnd: Timestamp?
    /// The seconds between that end and the start.
    package var wait: Double? { causeEnd.map { start.seconds(since: $0) } }

    package var seconds: Double { Double(end.nanoseconds - start.nanoseconds) / 1e9 }
}

/// The units of work of a trace, each after its parent, in the order of time.
package struct TraceTree: Sendable {
    package private(set) var nodes: [TraceNode] = []
    package private(set) var lineCount = 0
    /// Whether the files had exported spans of the trace.
    package let hasSpans: Bool
    package private(set) var start = Timestamp(nanoseconds: 0)
    package private(set) var end = Timestamp(nanoseconds: 0)
    /// The services and the traces, in the order in which they appear.
    package private(set) var services: [String] = []
    package private(set) var traces: [String] = []

    package init(lines: [TraceLine], spans: [TraceSpan]) {
        lineCount = lines.count
        hasSpans = !spans.isEmpty
        var places: [String: Int] = [:]
        for span in spans { add(span, &places) }
        for line in lines.sorted(by: { $0.time < $1.time }) { add(line, &places) }
        for index in nodes.indices { describe(index) }
        let parents = TraceParents(nodes, places).parents
        for index in nodes.indices { nodes[index].parent = parents[index] }
        sortByTree()
        findWaits()
        summarize()
    }

    private mutating func add(_ span: TraceSpan, _ places: inout [String: Int]) {
        // A span that two files have is one span.
        guard places[span.trace + span.span] == nil else { return }
        places[span.trace + span.span] = nodes.count
        var node = TraceNode(
            span: span.span,
            name: span.name,
            service: span.service,
            task: span.field("task_id"),
            start: span.start,
            end: span.end
        )
        node.isMeasured = true
        node.kind = span.kind
        node.isFailed = span.error != nil
        node.error = span.error
        node.fields = span.fields
        node.destination = span.field("messaging.destination.name")
        node.trace = span.trace
        node.explicitParent = span.parent
        nodes.append(node)
    }

    private mutating func add(_ line: TraceLine, _ places: inout [String: Int]) {
        let key = (line.trace ?? "") + (line.span ?? " \(line.service) \(line.task ?? line.logger)")
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            place = nodes.count
            places[key] = place
            var node = TraceNode(
                span: line.span,
                name: "",
                service: line.service,
                task: line.task,
                start: line.time,
                end: line.time
            )
            node.trace = line.trace
            nodes.append(node)
        }
        nodes[place].add(line)
    }

    /// Names a node that has no name yet by its task, or by its logger.
    private mutating func describe(_ index: Int) {
        guard nodes[index].name.isEmpty else { return }
        nodes[index].name = nodes[index].task ?? nodes[index].lines.first?.logger ?? "?"
    }

    private mutating func sortByTree() {
        var children: [Int?: [Int]] = [:]
        for index in nodes.indices { children[nodes[index].parent, default: []].append(index) }
        for (key, list) in children {
            children[key] = list.sorted { (nodes[$0].start, nodes[$0].name) < (nodes[$1].start, nodes[$1].name) }
        }
        var sorted: [TraceNode] = []
        var stack = (children[nil] ?? []).reversed().map { (index: $0, parent: Int?.none, depth: 0) }
        while let next = stack.popLast() {
            var node = nodes[next.index]
            node.parent = next.parent
            node.depth = next.depth
            let place = sorted.count
            sorted.append(node)
            for child in (children[next.index] ?? []).reversed() { stack.append((child, place, next.depth + 1)) }
        }
        nodes = sorted
    }

    /// Finds the nodes that began after a hand-over: a consumer's span, or the first lines after those of another task.
    private mutating func findWaits() {
        var latest: [String: Timestamp] = [:]
        for index in nodes.indices {
            let node = nodes[index]
            if let parent = node.parent {
                let end = nodes[parent].end
                if node.kind == .consumer || node.start > end { nodes[index].causeEnd = end }
            } else {
                if let end = latest[node.trace ?? ""], node.start > end { nodes[index].causeEnd = end }
            }
            latest[node.trace ?? ""] = max(latest[node.trace ?? ""] ?? node.end, node.end)
        }
    }

    // MARK: The whole

    private mutating func summarize() {
        start = nodes.map(\.start).min() ?? start
        end = nodes.map(\.end).max() ?? end
        var known = Set<String>()
        for node in nodes where known.insert(node.service).inserted { services.append(node.service) }
        known = []
        for trace in nodes.compactMap(\.trace) where known.insert(trace).inserted { traces.append(trace) }
    }

    package var seconds: Double { end.seconds(since: start) }

    package var failureCount: Int {
        nodes.count { node in node.isFailed || node.lines.contains { $0.isError } }
    }
}

extension TraceNode {
    fileprivate mutating func add(_ line: TraceLine) {
        lines.append(line)
        if thread == nil { thread = line.thread }
        if task == nil { task = line.task }
        if loggedParent == nil { loggedParent = line.parent }
        if line.isError {
            isFailed = true
            error = error ?? line.error
        }
        if destination == nil { destination = line.fields.first { $0.name == "topic" }?.value }
        guard !isMeasured else { return }
        start = min(start, line.time)
        end = max(end, line.time)
        guard let ended = line.ended else { return }
        name = ended.name
        start = min(start, Timestamp(nanoseconds: line.time.nanoseconds - Int64(ended.seconds * 1e9)))
        isMeasured = true
        fields = line.fields
    }
}

extension Timestamp {
    package func seconds(since other: Timestamp) -> Double {
        Double(nanoseconds - other.nanoseconds) / 1e9
    }
}
