internal import Synchronization

/// Selects the lines of one trace, or of one execution.
package struct TraceQuery: Sendable {
    /// The ID, or the beginning of a trace ID.
    package var id: String
    package var isExecution = false

    /// The ID as ma-logger writes it, if that differs: people copy IDs in upper case, and as UUIDs.
    private(set) var normalized: String?

    package init(id: String, isExecution: Bool = false) {
        self.id = id
        self.isExecution = isExecution
        guard !isExecution, let digits = IDForm.traceDigits(id), digits != id else { return }
        normalized = digits
    }

    /// Whether a trace ID begins with the ID of the query.
    func admits(_ trace: String) -> Bool {
        trace.hasPrefix(id) || normalized.map { trace.hasPrefix($0) } ?? false
    }

    /// Whether the trace of the line begins with the ID of the query.
    func admits(_ ids: LineIDs) -> Bool {
        ids.matchesTrace(id.utf8) || normalized.map { ids.matchesTrace($0.utf8) } ?? false
    }

    /// A text that all lines of the trace contain.
    var needle: [UInt8]? {
        // An ID with a zero at its start may be a decimal number in a line for Datadog. Other characters may be
        // escaped.
        guard normalized == nil, !id.hasPrefix("0"), id.utf8.count >= 4, IDForm.isPlain(id) else { return nil }
        return Array(id.utf8)
    }
}

/// The number of lines and spans that all threads may collect, and of their bytes, because no more are drawn.
final class TraceLimit: Sendable {
    static let standard = 20_000
    static let standardBytes = 1 << 28
    private let left: Atomic<Int>
    private let bytesLeft: Atomic<Int>

    init(_ count: Int = standard, bytes: Int = standardBytes) {
        left = Atomic(count)
        bytesLeft = Atomic(bytes)
    }

    /// Whether one more line or span of so many bytes may be collected.
    func take(_ bytes: Int) -> Bool {
        let hasRoom = bytesLeft.subtract(bytes, ordering: .relaxed).newValue >= 0
        let isInTime = left.subtract(1, ordering: .relaxed).oldValue > 0
        return hasRoom && isInTime
    }

    /// Whether a line or a span was refused.
    var isExceeded: Bool { left.load(ordering: .relaxed) < 0 || bytesLeft.load(ordering: .relaxed) < 0 }
}

/// Collects the lines of a trace, of one thread.
final class TraceVisitor: BlockVisitor {
    private let query: TraceQuery
    private let limit: TraceLimit
    private let needle: [UInt8]?
    private var reader = LineReader()
    private(set) var lines: [TraceLine] = []
    private(set) var spans: [TraceSpan] = []
    var isDone: Bool { limit.isExceeded }

    init(_ query: TraceQuery, _ limit: TraceLimit) {
        self.query = query
        self.limit = limit
        needle = query.needle
    }

    func visit(_ block: LineBlock, _ place: LinePlace) -> Int {
        if block.isTooLong { return 0 }
        guard let needle else {
            block.forEachLine { line in
                read(line)
                return block.lineFeed(from: line)
            }
            return 0
        }
        // Most lines belong to other traces. The search passes them at the speed of memory.
        var start = block.start
        while start < block.end, let hit = System.find(needle, in: start, block.end - start) {
            let line = System.lastLineFeed(in: start, hit - start).map { $0 + 1 } ?? start
            read(line)
            start = block.lineFeed(from: hit) + 1
        }
        return 0
    }

    private func read(_ line: UnsafePointer<UInt8>) {
        guard !isDone else { return }
        var bytes = 0
        do throws(LineFault) {
            bytes = try reader.read(line) - line
        } catch {
            return
        }
        if reader.schema == .spans {
            SpanLine.forEachSpan(reader.bytes(.resourceSpans)) { span in
                guard let span = TraceSpan(span), admits(span) else { return }
                if limit.take(bytes) { spans.append(span) }
                // The spans of a line have its bytes together.
                bytes = 0
            }
        } else if admits(LineIDs(reader)), let line = TraceLine(reader), limit.take(bytes) {
            lines.append(line)
        }
    }

    private func admits(_ ids: LineIDs) -> Bool {
        if query.isExecution { return LineIDs.matches(ids.execution, query.id.utf8, isWhole: true) }
        return query.admits(ids)
    }

    private func admits(_ span: TraceSpan) -> Bool {
        query.isExecution ? span.field("execution_id") == query.id : query.admits(span.trace)
    }
}
