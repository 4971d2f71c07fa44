/// Draws a trace as one page without scripts and without other files.
package struct HTMLWaterfall {
    private let tree: TraceTree
    private let axis: TimeAxis

    package init(_ tree: TraceTree) {
        self.tree = tree
        axis = TimeAxis(tree)
    }

    package func text() -> String {
        let rows = TraceRow.rows(of: tree, showsLines: true)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Markup.escaped(tree.title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            \(header())
            <main>
            \(axisRow())
            \(rows.map(draw).joined(separator: "\n"))
            </main>
            \(axis.gaps.isEmpty ? "" : "<footer>Hatched columns are pauses that are drawn shorter than they were.</footer>")
            </body>
            </html>

            """
    }

    // MARK: Around the chart

    private func header() -> String {
        let badge = tree.shownFailures.map { "<b class=\"badge\">\($0)</b>" } ?? ""
        let facts = tree.facts + [tree.shownExecution].compactMap { $0 }
        let services = tree.shownServices.enumerated().map { index, name in
            "<span><i style=\"background:\(Markup.color(index))\"></i>\(Markup.escaped(name))</span>"
        }
        return """
            <header>
            <h1>\(Markup.escaped(tree.title)) \(badge)</h1>
            <p>\(Markup.escaped(facts.joined(separator: " · ")))</p>
            <p class="services">\(services.joined())</p>
            </header>
            """
    }

    private func axisRow() -> String {
        var labels = axis.gaps.map { gap in
            "<span class=\"pause\" style=\"left:\(Markup.percent(gap.middle))\">"
                + "\(NumberText.duration(gap.seconds))</span>"
        }
        for tick in axis.labelledTicks {
            let label = axis.offset(tick.seconds)
            let side = tick.place > 0.95 ? "transform:translateX(-100%)" : tick.place < 0.05 ? "transform:none" : ""
            labels.append("<span style=\"left:\(Markup.percent(tick.place));\(side)\">\(label)</span>")
        }
        return "<div class=\"row axis\"><div></div><div class=\"chart\">\(labels.joined())</div><div></div></div>"
    }

    private var gapMarks: String {
        axis.gaps.map {
            "<s style=\"left:\(Markup.percent($0.start));width:\(Markup.percent($0.end - $0.start))\"></s>"
        }.joined()
    }

    // MARK: Rows

    private func draw(_ row: TraceRow) -> String {
        let indent = "style=\"padding-left:\(min(row.depth, 12) * 18)px\""
        switch row.content {
        case .node(let node): return draw(node, indent, row.service)
        case .single(let node, let line): return draw(node, line, indent, row.service)
        case .line(let line): return draw(line, indent)
        case .wait(let from, let until, let text):
            let (start, end) = (axis.place(from), axis.place(until))
            let bar =
                "<u style=\"left:\(Markup.percent(min(start, end)));width:\(Markup.percent(max(0, end - start)))\"></u>"
            let time = NumberText.duration(until.seconds(since: from))
            return self.row("wait", "<div \(indent)>⇢ \(Markup.escaped(text))</div>", bar, time)
        case .remark(let text): return "<div class=\"row remark\"><div \(indent)>\(Markup.escaped(text))</div></div>"
        case .error(let text):
            return "<div class=\"row error\"><div \(indent)>✖ \(Markup.escaped(text))</div></div>"
        }
    }

    private func draw(_ node: TraceNode, _ indent: String, _ service: Int) -> String {
        let start = axis.place(node.start)
        let width = axis.place(node.end) - start
        let kind = node.isMeasured ? "bar" : width > 0 ? "bar thin" : "bar dot"
        let color = node.isFailed ? Markup.red : Markup.color(service)
        let bar =
            "<b class=\"\(kind)\" style=\"left:\(Markup.percent(start));width:\(Markup.percent(width));"
            + "background:\(color)\"></b>"
        var facts = [("service", node.service), ("start", node.start.timeOfDay)]
        if let span = node.span { facts.append(("span_id", span)) }
        facts += node.fields.map { ($0.name, $0.value) }
        let title = facts.map { Markup.escaped("\($0.0)=\($0.1)") }.joined(separator: "&#10;")
        let label =
            "<div \(indent) title=\"\(title)\"><i style=\"background:\(color)\"></i><strong>"
            + "\(Markup.escaped(node.name))</strong> <em>\(Markup.escaped(node.details.joined(separator: " ")))</em></div>"
        return row(node.isFailed ? "node failed" : "node", label, bar, node.duration)
    }

    private func draw(_ line: TraceLine, _ indent: String) -> String {
        let kind = line.isError ? "line failed" : line.level >= .warning ? "line warning" : "line"
        let fields = Markup.escaped(line.fieldTexts.joined(separator: " "))
        let label =
            "<div \(indent) title=\"\(title(line))\">\(line.isError ? "✖ " : "")\(Markup.escaped(line.message)) "
            + "<em>\(fields)</em></div>"
        let mark = "<b class=\"mark\" style=\"left:\(Markup.percent(axis.place(line.time)))\"></b>"
        return row(kind, label, mark, axis.offset(line.time))
    }

    private func draw(_ node: TraceNode, _ line: TraceLine, _ indent: String, _ service: Int) -> String {
        let color = line.isError ? Markup.red : line.level >= .warning ? Markup.warning : Markup.color(service)
        let details = Markup.escaped(node.details(of: line).joined(separator: " "))
        let label =
            "<div \(indent) title=\"\(title(line))\"><i style=\"background:\(color)\"></i><strong>"
            + "\(Markup.escaped(line.message))</strong> <em>\(details)</em></div>"
        let mark =
            "<b class=\"bar dot\" style=\"left:\(Markup.percent(axis.place(line.time)));background:\(color)\"></b>"
        return row(line.isError ? "node failed" : "node", label, mark, axis.offset(line.time))
    }

    private func title(_ line: TraceLine) -> String {
        let head = "\(line.time.timeOfDay) \(line.level.name) \(line.logger)"
        return Markup.escaped(head) + "&#10;" + Markup.escaped(line.message) + "&#10;"
            + line.fieldTexts.map(Markup.escaped).joined(separator: "&#10;")
    }

    private func row(_ kind: String, _ label: String, _ chart: String, _ time: String) -> String {
        "<div class=\"row \(kind)\">\(label)<div class=\"chart\">\(gapMarks)\(chart)</div><div>\(time)</div></div>"
    }

    private static let style = """
        :root { color-scheme: light dark; --back: #fff; --text: #1a202c; --soft: #667085; --line: #e4e7ec; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #12161c; --text: #e6e9ef; --soft: #98a2b3; --line: #2a313c; }
        }
        body { margin: 0 auto; padding: 24px; max-width: 1500px; background: var(--back); color: var(--text);
               font: 13px/1.45 system-ui, sans-serif; }
        h1 { margin: 0 0 4px; font: 600 18px/1.3 ui-monospace, monospace; overflow-wrap: anywhere; }
        header p { margin: 2px 0; color: var(--soft); }
        .badge { padding: 2px 8px; border-radius: 10px; background: \(Markup.red); color: #fff; font-size: 12px; }
        .services span { margin-right: 18px; color: var(--text); }
        i { display: inline-block; width: 9px; height: 9px; margin-right: 6px; border-radius: 2px; }
        main { margin-top: 16px; border-top: 1px solid var(--line); }
        .row { display: grid; grid-template-columns: minmax(260px, 36%) 1fr 92px; column-gap: 14px; min-height: 22px;
               align-items: center; border-bottom: 1px solid var(--line); }
        .row > div:first-child { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .row > div:last-child { text-align: right; font-variant-numeric: tabular-nums; }
        .row:hover { background: color-mix(in srgb, var(--text) 6%, transparent); }
        em { color: var(--soft); font-style: normal; }
        .node { min-height: 28px; }
        .line, .wait, .remark { color: var(--soft); }
        .line > div:first-child { color: var(--text); }
        .chart { position: relative; height: 100%; min-height: 20px; }
        .chart > * { position: absolute; }
        .axis { color: var(--soft); font-size: 12px; }
        .axis span { top: 1px; transform: translateX(-50%); white-space: nowrap; }
        .axis .pause { font-weight: 600; }
        .bar { top: 50%; height: 14px; min-width: 3px; border-radius: 3px; transform: translateY(-50%); }
        .bar.thin { height: 4px; }
        .bar.dot { width: 10px !important; height: 10px; margin-left: -5px; border-radius: 50%; }
        .mark { top: 50%; width: 7px; height: 7px; margin: -3px; border-radius: 50%; background: var(--soft); }
        .wait u { top: 50%; height: 0; border-top: 2px dashed var(--soft); text-decoration: none; }
        .chart s { top: 0; bottom: 0; opacity: .35; text-decoration: none; background: repeating-linear-gradient(
                   -45deg, var(--line) 0 4px, transparent 4px 9px); }
        .row.error { grid-template-columns: 1fr; }
        .row.error > div, .failed strong, .line.failed > div:first-child { color: \(Markup.red); text-align: left; }
        .row.remark { grid-template-columns: 1fr; }
        .row.remark > div { text-align: left; }
        .line.failed .mark { background: \(Markup.red); width: 9px; height: 9px; margin: -4px; }
        .line.warning > div:first-child { color: \(Markup.warning); }
        .line.warning .mark { background: \(Markup.warning); }
        footer { margin-top: 10px; color: var(--soft); }
        """
}
