/// Draws a trace as one picture without other files.
package struct SVGWaterfall {
    private let tree: TraceTree
    private let axis: TimeAxis
    private static let width = 1200
    private static let chartStart = 430
    private static let chartWidth = 660
    private static let top = 96
    private static let rowHeight = 22

    package init(_ tree: TraceTree) {
        self.tree = tree
        axis = TimeAxis(tree)
    }

    package func text() -> String {
        let rows = TraceRow.rows(of: tree, showsLines: true)
        let height = Self.top + rows.count * Self.rowHeight + 20
        let drawn = rows.enumerated().map { draw($0.element, Self.top + $0.offset * Self.rowHeight) }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" width="\(Self.width)" \
            height="\(height)" font-family="system-ui, sans-serif" font-size="12">
            <defs><pattern id="pause" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
            <rect width="3" height="8" fill="#e4e7ec"/></pattern></defs>
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(header())
            \(axisMarks(height))
            \(drawn.joined(separator: "\n"))
            </svg>

            """
    }

    private func header() -> String {
        var text = label(tree.title, 20, 28, "#1a202c", "font-size=\"17\" font-weight=\"600\"")
        let facts = tree.facts + [tree.shownExecution].compactMap { $0 }
        text += label(PlainText.shortened(facts.joined(separator: " · "), to: 160), 20, 48, "#667085")
        if let failures = tree.shownFailures {
            text += label(failures, Self.width - 20, 28, Markup.red, "text-anchor=\"end\" font-weight=\"600\"")
        }
        var x = 20
        for (index, name) in tree.shownServices.enumerated() {
            text += "<rect x=\"\(x)\" y=\"58\" width=\"10\" height=\"10\" rx=\"2\" fill=\"\(Markup.color(index))\"/>"
            text += label(name, x + 15, 67, "#1a202c")
            x += 40 + name.count * 7
        }
        return text
    }

    private func axisMarks(_ height: Int) -> String {
        let bottom = height - 20
        var text = ""
        for gap in axis.gaps {
            let (start, end) = (x(gap.start), x(gap.end))
            text +=
                "<rect x=\"\(fixed(start))\" y=\"\(Self.top - 4)\" width=\"\(fixed(end - start))\" "
                + "height=\"\(bottom - Self.top + 4)\" fill=\"url(#pause)\"/>"
            text += label(
                NumberText.duration(gap.seconds),
                (start + end) / 2,
                Double(Self.top - 10),
                "#475467",
                "text-anchor=\"middle\" font-weight=\"600\""
            )
        }
        for tick in axis.labelledTicks {
            let anchor = tick.place > 0.95 ? "end" : tick.place < 0.05 ? "start" : "middle"
            text += label(
                axis.offset(tick.seconds),
                x(tick.place),
                Double(Self.top - 10),
                "#667085",
                "text-anchor=\"\(anchor)\""
            )
        }
        return text
    }

    // MARK: Rows

    private func draw(_ row: TraceRow, _ y: Int) -> String {
        let indent = 20 + min(row.depth, 10) * 16
        let base = y + 15
        let line = "<path d=\"M20 \(y + Self.rowHeight)H\(Self.width - 20)\" stroke=\"#eef0f3\"/>"
        switch row.content {
        case .node(let node): return line + draw(node, row.service, indent, y)
        case .single(let node, let entry):
            let color = entry.isError ? Markup.red : Markup.color(row.service)
            let title = (entry.isError ? "✖ " : "") + entry.message
            let details = node.details(of: entry).joined(separator: " ")
            return line + "<rect x=\"\(indent)\" y=\"\(y + 6)\" width=\"9\" height=\"9\" rx=\"2\" fill=\"\(color)\"/>"
                + titled(title, details, indent + 15, base, entry.isError ? Markup.red : "#1a202c")
                + "<circle cx=\"\(fixed(x(axis.place(entry.time))))\" cy=\"\(y + 11)\" r=\"5\" fill=\"\(color)\"/>"
                + time(axis.offset(entry.time), base, "#98a2b3")
        case .line(let entry):
            let color = entry.isError ? Markup.red : entry.level >= .warning ? Markup.warning : "#475467"
            let mark =
                "<circle cx=\"\(fixed(x(axis.place(entry.time))))\" cy=\"\(y + 11)\" r=\"3\" fill=\"\(color)\"/>"
            let fields = entry.fieldTexts.joined(separator: " ")
            return line + titled((entry.isError ? "✖ " : "") + entry.message, fields, indent, base, color, 400) + mark
                + time(axis.offset(entry.time), base, "#98a2b3")
        case .wait(let from, let until, let text):
            let (start, end) = (x(axis.place(from)), x(axis.place(until)))
            return line + fitted("⇢ \(text)", indent, base, "#667085")
                + "<path d=\"M\(fixed(min(start, end))) \(y + 11)H\(fixed(end))\" stroke=\"#667085\" "
                + "stroke-width=\"1.5\" stroke-dasharray=\"4 3\"/>"
                + time(NumberText.duration(until.seconds(since: from)), base, "#667085")
        case .remark(let text): return line + label(text, Double(indent), Double(base), "#667085")
        case .error(let text):
            return line + label(PlainText.shortened("✖ \(text)", to: 160), Double(indent), Double(base), Markup.red)
        }
    }

    private func draw(_ node: TraceNode, _ service: Int, _ indent: Int, _ y: Int) -> String {
        let color = node.isFailed ? Markup.red : Markup.color(service)
        let start = x(axis.place(node.start))
        let width = max(x(axis.place(node.end)) - start, 3)
        let height = node.isMeasured ? 13 : 4
        let details = node.details.joined(separator: " ")
        let bar =
            node.isMeasured || node.seconds > 0
            ? "<rect x=\"\(fixed(start))\" y=\"\(y + (Self.rowHeight - height) / 2)\" width=\"\(fixed(width))\" "
                + "height=\"\(height)\" rx=\"2\" fill=\"\(color)\"/>"
            : "<circle cx=\"\(fixed(start))\" cy=\"\(y + 11)\" r=\"5\" fill=\"\(color)\"/>"
        return "<rect x=\"\(indent)\" y=\"\(y + 6)\" width=\"9\" height=\"9\" rx=\"2\" fill=\"\(color)\"/>"
            + titled(node.name, details, indent + 15, y + 15, node.isFailed ? Markup.red : "#1a202c") + bar
            + time(node.duration, y + 15, "#1a202c")
    }

    /// A title and dim details, which end before the chart.
    private func titled(
        _ title: String,
        _ details: String,
        _ x: Int,
        _ y: Int,
        _ color: String,
        _ weight: Int = 600
    ) -> String {
        let room = (Self.chartStart - x - 10) / 7
        let shown = PlainText.shortened(title, to: room)
        let rest = PlainText.shortened(details, to: room - shown.count - 1)
        return "<text x=\"\(x)\" y=\"\(y)\" fill=\"\(color)\"><tspan font-weight=\"\(weight)\">"
            + "\(Markup.escaped(shown))</tspan> <tspan fill=\"#667085\">\(Markup.escaped(rest))</tspan></text>"
    }

    /// A label that ends before the chart.
    private func fitted(_ text: String, _ x: Int, _ y: Int, _ color: String) -> String {
        let room = (Self.chartStart - x - 10) / 7
        return label(PlainText.shortened(text, to: room), x, y, color)
    }

    private func time(_ text: String, _ y: Int, _ color: String) -> String {
        label(text, Double(Self.width - 20), Double(y), color, "text-anchor=\"end\"")
    }

    private func label(_ text: String, _ x: Int, _ y: Int, _ color: String, _ more: String = "") -> String {
        label(text, Double(x), Double(y), color, more)
    }

    private func label(_ text: String, _ x: Double, _ y: Double, _ color: String, _ more: String = "") -> String {
        "<text x=\"\(fixed(x))\" y=\"\(fixed(y))\" fill=\"\(color)\" \(more)>\(Markup.escaped(text))</text>"
    }

    private func x(_ place: Double) -> Double { Double(Self.chartStart) + place * Double(Self.chartWidth) }

    private func fixed(_ number: Double) -> String { NumberText.fixed(number, 1) }
}
