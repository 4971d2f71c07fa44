/// Finds the parent of each node of a trace. A span names its parent, and so do lines with `parent_span_id`. If lines
/// name none, or one that has neither a span nor a line, the node is placed below the shortest node of the same service
/// that contains it in time.
///
/// A trace can have as many nodes as lines, all at the same time, so each step reads only numbers.
struct TraceParents {
    /// The place of each node's parent.
    private(set) var parents: [Int?]
    /// The places of each node's children so far.
    private var children: [[Int]]
    /// For each node, the last node below which it was found.
    private var marks: [Int?]

    private struct Key: Hashable {
        var service: String
        var trace: String?
        /// The task, for nodes that are only lines. Lines of the same time but another task need not belong together. A
        /// task that was measured may contain others.
        var task: String??
    }

    private struct Interval {
        var start: Int64
        var end: Int64
        var place: Int

        var length: Int64 { end - start }
    }

    /// - Parameters:
    ///   - nodes: The nodes, in any order.
    ///   - places: The place of each node, by its trace ID and its span ID.
    init(_ nodes: [TraceNode], _ places: [String: Int]) {
        parents = Array(repeating: nil, count: nodes.count)
        children = Array(repeating: [], count: nodes.count)
        marks = Array(repeating: nil, count: nodes.count)
        for index in nodes.indices {
            guard let parent = nodes[index].explicitParent ?? nodes[index].loggedParent,
                let place = places[(nodes[index].trace ?? "") + parent],
                !isAncestor(index, of: place)
            else { continue }
            setParent(place, of: index)
        }
        var open: [Key: [Interval]] = [:]
        for index in Self.inOrder(nodes) {
            let node = nodes[index]
            let interval = Interval(start: node.start.nanoseconds, end: node.end.nanoseconds, place: index)
            let measured = Key(service: node.service, trace: node.trace, task: nil)
            let lines = Key(service: node.service, trace: node.trace, task: .some(node.task))
            if node.explicitParent == nil, parents[index] == nil {
                let candidates = [measured, lines].compactMap { shortest(&open[$0, default: []], interval) }
                if let best = candidates.min(by: { $0.length < $1.length }) { setParent(best.place, of: index) }
            }
            if node.kind != .producer || !node.isMeasured {
                open[node.isMeasured ? measured : lines, default: []].append(interval)
            }
        }
    }

    /// The nodes by their start. A node comes before the nodes that it contains.
    private static func inOrder(_ nodes: [TraceNode]) -> [Int] {
        nodes.indices.sorted { one, other in
            if nodes[one].start != nodes[other].start { return nodes[one].start < nodes[other].start }
            if nodes[one].end != nodes[other].end { return nodes[one].end > nodes[other].end }
            return nodes[one].isMeasured && !nodes[other].isMeasured
        }
    }

    private mutating func setParent(_ parent: Int, of index: Int) {
        parents[index] = parent
        children[parent].append(index)
    }

    /// The shortest of the intervals that contain another one, are longer, and are not below it. Those that have ended
    /// are removed.
    private mutating func shortest(_ open: inout [Interval], _ inner: Interval) -> Interval? {
        open.removeAll { $0.end < inner.start }
        markNodes(below: inner.place)
        var best: Interval?
        for outer in open where outer.end >= inner.end && outer.length > inner.length {
            if let best, best.length <= outer.length { continue }
            if marks[outer.place] != inner.place { best = outer }
        }
        return best
    }

    /// Spans and lines may name a node as their parent that began later than they did.
    private mutating func markNodes(below index: Int) {
        var rest = children[index]
        while let place = rest.popLast() {
            marks[place] = index
            rest += children[place]
        }
    }

    private func isAncestor(_ candidate: Int, of index: Int) -> Bool {
        var place: Int? = index
        while let current = place {
            if current == candidate { return true }
            place = parents[current]
        }
        return false
    }
}
