/// Draws a trace as text.
package struct TerminalWaterfall {
    private let tree: TraceTree
    private let axis: TimeAxis
    private let style: TextStyle
    private let width: Int
    private let labelWidth: Int
    private let chartWidth: Int
    private static let timeWidth = 12
    /// Colours of the services that differ from those of levels.
    private static let colors = ["36", "34", "35", "33", "96", "94", "95", "92"]

    /// - Parameter width: The columns of the terminal.
    package init(_ tree: TraceTree, width: Int, style: TextStyle) {
        self.tree = tree
        self.style = style
        self.width = max(60, min(width, 400))
        axis = TimeAxis(tree)
        labelWidth = min(max(30, self.width * 44 / 100), 64)
        chartWidth = self.width - labelWidth - Self.timeWidth - 3
    }

    package func text(showsLines: Bool) -> String {
        var text = header() + axisRow()
        for row in TraceRow.rows(of: tree, showsLines: showsLines) { text += draw(row) }
        return text + footer()
    }

    // MARK: Around the chart

    private func header() -> String {
        let ids = tree.traces
        let title = ids.count == 1 ? "trace \(PlainText.visible(ids[0]))" : NumberText.counted(ids.count, "trace")
        let failures = tree.failureCount
        var text = style.bold(title)
        if failures > 0 { text += "  " + style.paint("1;31", "✖ \(NumberText.counted(failures, "failure"))") }
        text += "\n"
        let lines = NumberText.counted(tree.lineCount, "line")
        text += style.dim(
            "\(tree.start.date) \(tree.start.timeOfDay) UTC · \(NumberText.duration(tree.seconds)) · \(lines) · "
                + NumberText.counted(tree.nodes.count, "span")
        )
        text += "\n"
        let executions = Set(tree.nodes.flatMap { $0.lines.compactMap(\.execution) })
        if executions.count == 1, let execution = executions.first {
            text += style.dim("execution \(PlainText.visible(execution))") + "\n"
        }
        let services = tree.services.enumerated().map { index, name in
            style.paint(Self.color(index), "■") + " " + PlainText.visible(name.isEmpty ? "?" : name)
        }
        return text + services.joined(separator: "   ") + "\n\n"
    }

    private func axisRow() -> String {
        var cells = Array(repeating: Character(" "), count: chartWidth)
        var used = -1
        for gap in axis.gaps {
            let label = "⋯\(NumberText.duration(gap.seconds))⋯"
            let middle = Int((gap.start + gap.end) / 2 * Double(chartWidth))
            used = Self.put(label, at: middle - label.count / 2, after: used, &cells)
        }
        for tick in axis.ticks(4) {
            let label = axis.offset(tick.seconds)
            let column = Int((tick.place * Double(chartWidth)).rounded())
            // A label of a tick gives way to that of a gap.
            let first = min(column, chartWidth - label.count)
            let range = max(0, first - 1)..<min(chartWidth, first + label.count + 1)
            if cells[range].allSatisfy({ $0 == " " }) { _ = Self.put(label, at: first, after: -1, &cells) }
        }
        return String(repeating: " ", count: labelWidth + 1) + style.dim(String(cells)) + "\n"
    }

    private static func put(_ label: String, at column: Int, after used: Int, _ cells: inout [Character]) -> Int {
        let first = max(used + 1, min(column, cells.count - label.count))
        guard first >= 0, first + label.count <= cells.count else { return used }
        for (index, letter) in label.enumerated() { cells[first + index] = letter }
        return first + label.count
    }

    private func footer() -> String {
        var remarks: [String] = []
        if !axis.gaps.isEmpty { remarks.append("┊ marks a pause that is drawn shorter than it was.") }
        if !tree.hasSpans {
            remarks.append("With LOG_SPANS=otlp, the files also have the times of messages and their topics.")
        }
        return remarks.isEmpty ? "" : "\n" + style.dim(remarks.joined(separator: "\n")) + "\n"
    }

    private static func color(_ service: Int) -> String { colors[service % colors.count] }

    // MARK: Rows

    private func draw(_ row: TraceRow) -> String {
        let indent = String(repeating: "  ", count: min(row.depth, 8))
        switch row.content {
        case .node(let node): return draw(node, indent, Self.color(row.service))
        case .single(let node, let line): return draw(node, line, indent, Self.color(row.service))
        case .line(let line): return draw(line, indent)
        case .wait(let seconds, let text, let until): return drawWait(seconds, text, until, indent)
        case .remark(let text): return indent + style.dim(PlainText.visible(text)) + "\n"
        case .error(let text):
            let shown = PlainText.shortened(PlainText.visible(text), to: width - indent.count - 2)
            return indent + style.red("✖ " + shown) + "\n"
        }
    }

    private func draw(_ node: TraceNode, _ indent: String, _ color: String) -> String {
        let name = PlainText.visible(node.name)
        var details: [String] = []
        if let task = node.task, task != node.name { details.append(PlainText.visible(task)) }
        if let thread = node.thread { details.append("thread \(PlainText.visible(thread))") }
        let mark = node.isFailed ? "✖ " : "▪ "
        let room = labelWidth - indent.count - 2
        let title = PlainText.shortened(name, to: room)
        let rest = PlainText.shortened(
            details.isEmpty ? "" : "  " + details.joined(separator: " "),
            to: room - title.count
        )
        let label =
            indent + style.paint(node.isFailed ? "31" : color, mark)
            + style.paint(node.isFailed ? "1;31" : "1", title) + style.dim(rest)
            + String(repeating: " ", count: max(0, room - title.count - rest.count))
        let time = node.isMeasured || node.seconds > 0 ? NumberText.duration(node.seconds) : ""
        return label + " " + bar(node, node.isFailed ? "31" : color) + "  "
            + style.paint(
                node.isFailed ? "31" : "0",
                PlainText.rightAligned(time, to: Self.timeWidth - 1)
            ) + "\n"
    }

    /// A solid bar for a measured time, and a thin one from the first line to the last one.
    private func bar(_ node: TraceNode, _ color: String) -> String {
        let first = column(axis.place(node.start))
        let last = max(first, min(chartWidth - 1, Int(axis.place(node.end) * Double(chartWidth) - 0.001)))
        let letter: Character = node.isMeasured ? "█" : "━"
        var cells = background
        for index in first...last { cells[index] = letter }
        if !node.isMeasured, first == last { cells[first] = "●" }
        return paint(cells, first...last, color)
    }

    private func draw(_ line: TraceLine, _ indent: String) -> String {
        let mark = line.isError ? "✖" : line.level >= .warning ? "▲" : "·"
        let color = line.isError ? "31" : line.level >= .warning ? "33" : "2"
        let room = labelWidth - indent.count - 2
        let message = PlainText.shortened(PlainText.visible(line.message), to: room)
        let fields = line.fieldTexts.joined(separator: " ")
        let rest = PlainText.shortened(
            fields.isEmpty ? "" : "  " + PlainText.visible(fields),
            to: room - message.count
        )
        let label =
            indent + style.paint(color, mark + " ") + style.paint(line.level >= .warning ? color : "0", message)
            + style.dim(rest) + String(repeating: " ", count: max(0, room - message.count - rest.count))
        var cells = background
        let place = column(axis.place(line.time))
        cells[place] = line.isError ? "✖" : "•"
        return label + " " + paint(cells, place...place, color == "2" ? "0" : color) + "  " + style.dim(offset(line))
            + "\n"
    }

    private func draw(_ node: TraceNode, _ line: TraceLine, _ indent: String, _ color: String) -> String {
        let color = line.isError ? "31" : line.level >= .warning ? "33" : color
        let room = labelWidth - indent.count - 2
        let title = PlainText.shortened(PlainText.visible(line.message), to: room)
        let details = ([node.task, node.thread.map { "thread \($0)" }].compactMap { $0 } + line.fieldTexts)
        let rest = PlainText.shortened(
            details.isEmpty ? "" : "  " + PlainText.visible(details.joined(separator: " ")),
            to: room - title.count
        )
        let label =
            indent + style.paint(color, line.isError ? "✖ " : "▪ ")
            + style.paint(line.level >= .warning ? "1;" + color : "1", title) + style.dim(rest)
            + String(repeating: " ", count: max(0, room - title.count - rest.count))
        var cells = background
        let place = column(axis.place(line.time))
        cells[place] = line.isError ? "✖" : "●"
        return label + " " + paint(cells, place...place, color) + "  " + style.dim(offset(line)) + "\n"
    }

    private func offset(_ line: TraceLine) -> String {
        PlainText.rightAligned(axis.offset(line.time), to: Self.timeWidth - 1)
    }

    private func drawWait(_ seconds: Double, _ text: String, _ until: Timestamp, _ indent: String) -> String {
        let room = labelWidth - indent.count - 2
        let label = PlainText.padded(PlainText.shortened(PlainText.visible(text), to: room), to: room)
        let last = column(axis.place(until))
        let start = Timestamp(nanoseconds: until.nanoseconds - Int64(min(seconds, 1e9) * 1e9))
        let first = min(last, column(axis.place(start)))
        var cells = background
        for index in first...last { cells[index] = "╌" }
        cells[last] = "▸"
        return indent + style.paint("2", "⇢ " + label) + " " + paint(cells, first...last, "2") + "  "
            + style.dim(PlainText.rightAligned(NumberText.duration(seconds), to: Self.timeWidth - 1)) + "\n"
    }

    private func column(_ place: Double) -> Int {
        max(0, min(chartWidth - 1, Int(place * Double(chartWidth))))
    }

    /// Blanks, with marks at the gaps.
    private var background: [Character] {
        var cells = Array(repeating: Character(" "), count: chartWidth)
        for gap in axis.gaps { cells[column((gap.start + gap.end) / 2)] = "┊" }
        return cells
    }

    private func paint(_ cells: [Character], _ range: ClosedRange<Int>, _ color: String) -> String {
        style.dim(String(cells[..<range.lowerBound])) + style.paint(color, String(cells[range]))
            + style.dim(String(cells[(range.upperBound + 1)...]))
    }
}
