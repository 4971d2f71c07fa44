/// The lines of one frame, in the order of their times.
struct FrameLife {
    let frame: Int
    /// The trace in which the frame was sent.
    let trace: String
    private(set) var lines: [LoggedLine] = []
    private var places: [Int] = []

    init(_ frame: Int, trace: String) {
        self.frame = frame
        self.trace = trace
    }

    /// - Parameter place: The number of the line in the file.
    mutating func add(_ line: LoggedLine, at place: Int) {
        // Times have a fixed form. Lines of the same microsecond stay in the order of the file.
        let index = lines.lastIndex { $0.timestamp <= line.timestamp }.map { $0 + 1 } ?? 0
        lines.insert(line, at: index)
        places.append(place)
    }

    /// The number of lines of others between the first line and the last.
    var linesBetween: Int {
        guard let first = places.min(), let last = places.max() else { return 0 }
        return last - first + 1 - places.count
    }

    /// The number of lines that another thread wrote than the line before.
    var changesOfThread: Int { zip(lines, lines.dropFirst()).count { $0.thread != $1.thread } }
    var lost: Int { lines.count { $0.trace != trace } }

    /// The table of the steps.
    func table(_ style: TableStyle) -> String {
        let rows = lines.flatMap { FrameRow.rows(of: $0) }
        let thread = max(6, rows.map(\.thread.count).max() ?? 0)
        let widths = (step: 14, thread: thread, trace: 19)
        let line = style.columns - 2 - widths.step - 2 - widths.thread - 2 - 2 - widths.trace
        func row(_ step: String, _ thread: String, _ text: String) -> String {
            "  \(TableStyle.fit(step, widths.step))  \(TableStyle.fit(thread, widths.thread))  "
                + "\(TableStyle.fit(text, line))  "
        }
        var text = style.paint(row("STEP", "THREAD", "LOG LINE") + "  TRACE ID", .heading) + "\n"
        for step in rows {
            let isRight = step.trace == trace
            let cells = row(step.step, step.thread, step.line)
            let colour: TableStyle.Colour? = isRight ? (step.thread == "–" ? .faint : nil) : .wrong
            let id = "\(isRight ? "✓" : "✗") \(Self.short(step.trace))\(isRight ? "" : "  LOST")"
            text += style.paint(cells, colour) + style.paint(id, isRight ? .right : .wrong) + "\n"
        }
        return text
    }

    /// Shortens an ID to its ends, so that it stays recognizable.
    static func short(_ id: String) -> String {
        id.count > 16 ? "\(id.prefix(6))…\(id.suffix(4))" : id
    }
}
