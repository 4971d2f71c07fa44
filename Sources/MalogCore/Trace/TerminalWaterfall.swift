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
        var text = style.bold(PlainText.visible(tree.title))
        if let failures = tree.shownFailures { text += "  " + style.paint("1;31", failures) }
        text += "\n" + style.dim(tree.facts.joined(separator: " · ")) + "\n"
        if let execution = tree.shownExecution { text += style.dim(PlainText.visible(execution)) + "\n" }
        let services = tree.shownServices.enumerated().map { index, name in
            style.paint(Self.color(index), "■") + " " + PlainText.visible(name)
        }
        return text + services.joined(separator: "   ") + "\n\n"
    }

    private func axisRow() -> String {
        var cells = Array(repeating: Character(" "), count: chartWidth)
        var used = -1
        for gap in axis.gaps {
            let label = "⋯\(NumberText.duration(gap.seconds))⋯"
            let middle = Int(gap.middle * Double(chartWidth))
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
        case .wait(let from, let until, let text): return drawWait(from, until, text, indent)
        case .remark(let text): return indent + style.dim(PlainText.visible(text)) + "\n"
        case .error(let text):
            let shown = PlainText.shortened(PlainText.visible(text), to: width - indent.count - 2)
            return indent + style.red("✖ " + shown) + "\n"
        }
    }

    /// The columns before the chart: a mark, a title, and dim details after it.
    private func label(
        _ indent: String,
        _ mark: String,
        _ markColor: String,
        _ title: String,
        _ titleColor: String,
        _ details: [String]
    ) -> String {
        let room = labelWidth - indent.count - 2
        let title = PlainText.shortened(PlainText.visible(title), to: room)
        let details = details.isEmpty ? "" : "  " + PlainText.visible(details.joined(separator: " "))
        let rest = PlainText.shortened(details, to: room - title.count)
        return indent + style.paint(markColor, mark + " ") + style.paint(titleColor, title) + style.dim(rest)
            + String(repeating: " ", count: max(0, room - title.count - rest.count))
    }

    private func draw(_ node: TraceNode, _ indent: String, _ color: String) -> String {
        let color = node.isFailed ? "31" : color
        let titleColor = node.isFailed ? "1;31" : "1"
        let label = label(indent, node.isFailed ? "✖" : "▪", color, node.name, titleColor, node.details)
        let time = PlainText.rightAligned(node.duration, to: Self.timeWidth - 1)
        return label + " " + bar(node, color) + "  " + style.paint(node.isFailed ? "31" : "0", time) + "\n"
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
        let titleColor = line.level >= .warning ? color : "0"
        let label = label(indent, mark, color, line.message, titleColor, line.fieldTexts)
        var cells = background
        let place = column(axis.place(line.time))
        cells[place] = line.isError ? "✖" : "•"
        return label + " " + paint(cells, place...place, titleColor) + "  " + style.dim(offset(line)) + "\n"
    }

    private func draw(_ node: TraceNode, _ line: TraceLine, _ indent: String, _ color: String) -> String {
        let color = line.isError ? "31" : line.level >= .warning ? "33" : color
        let titleColor = line.level >= .warning ? "1;" + color : "1"
        let details = node.details(of: line)
        let label = label(indent, line.isError ? "✖" : "▪", color, line.message, titleColor, details)
        var cells = background
        let place = column(axis.place(line.time))
        cells[place] = line.isError ? "✖" : "●"
        return label + " " + paint(cells, place...place, color) + "  " + style.dim(offset(line)) + "\n"
    }

    private func offset(_ line: TraceLine) -> String {
        PlainText.rightAligned(axis.offset(line.time), to: Self.timeWidth - 1)
    }

    private func drawWait(_ from: Timestamp, _ until: Timestamp, _ text: String, _ indent: String) -> String {
        let room = labelWidth - indent.count - 2
        let label = PlainText.padded(PlainText.shortened(PlainText.visible(text), to: room), to: room)
        let last = column(axis.place(until))
        let first = min(last, column(axis.place(from)))
        let time = PlainText.rightAligned(NumberText.duration(until.seconds(since: from)), to: Self.timeWidth - 1)
        var cells = background
        for index in first...last { cells[index] = "╌" }
        cells[last] = "▸"
        return indent + style.paint("2", "⇢ " + label) + " " + paint(cells, first...last, "2") + "  "
            + style.dim(time) + "\n"
    }

    private func column(_ place: Double) -> Int {
        max(0, min(chartWidth - 1, Int(place * Double(chartWidth))))
    }

    /// Blanks, with marks at the gaps.
    private var background: [Character] {
        var cells = Array(repeating: Character(" "), count: chartWidth)
        for gap in axis.gaps { cells[column(gap.middle)] = "┊" }
        return cells
    }

    private func paint(_ cells: [Character], _ range: ClosedRange<Int>, _ color: String) -> String {
        style.dim(String(cells[..<range.lowerBound])) + style.paint(color, String(cells[range]))
            + style.dim(String(cells[(range.upperBound + 1)...]))
    }
}
