/// `malog stats`: counts lines.
package enum Stats {
    /// Counts the lines of the files and prints tables.
    ///
    /// - Returns: The exit status 0.
    /// - Throws: A file that cannot be read.
    package static func run(_ options: StatsOptions, _ output: inout Output, style: TextStyle) throws -> Int32 {
        let inputs = try ScanInput.open(options.files)
        let scan = ParallelScan<StatsVisitor>(inputs, progress: .onTerminal("counting", inputs))
        let visitors = try scan.run { StatsVisitor() }
        var counts = StatsCounts()
        for visitor in visitors { counts.add(visitor.counts) }
        counts.keepMostFrequent()
        let report = StatsReport(options: options, style: style)
        output.append(report.text(counts))
        return 0
    }
}

/// The tables of `malog stats`.
struct StatsReport {
    let options: StatsOptions
    let style: TextStyle

    func text(_ counts: StatsCounts) -> String {
        var counts = counts
        // Sorting also counts the lines of the latest second.
        let intervals = counts.seconds.sorted()
        var text = head(counts) + levels(counts)
        text += table("Errors", counts.errors, counts.lines, isBad: true)
        text += tasks(counts.tasks)
        text += table("Services", counts.services, counts.lines)
        text += table("Loggers", counts.loggers, counts.lines)
        return text + timeline(intervals, counts.seconds)
    }

    private func head(_ counts: StatsCounts) -> String {
        let traces = counts.traces.value
        let number = (traces.isExact ? "" : "about ") + NumberText.counted(traces.count, "trace")
        var text = style.bold(
            "\(NumberText.counted(counts.lines, "line")) · \(NumberText.bytes(counts.bytes)) · \(number)"
        )
        text += "\n"
        if let period = counts.seconds.period {
            let start = Timestamp(nanoseconds: period.lowerBound * 1_000_000_000)
            let end = Timestamp(nanoseconds: period.upperBound * 1_000_000_000)
            let span = Double(period.upperBound - period.lowerBound + 1)
            text += style.dim(
                "\(start.date) \(start.timeOfDay.prefix(8)) to \(end.date) \(end.timeOfDay.prefix(8)) UTC · "
                    + "\(NumberText.rounded(Double(counts.lines) / span)) lines/s"
            )
            text += "\n"
        }
        if counts.unreadable > 0 {
            let lines = NumberText.counted(counts.unreadable, "line")
            text += style.red("✖ \(lines) could not be read; malog check names them") + "\n"
        }
        if counts.withoutTrace > 0 {
            text += style.dim("\(NumberText.counted(counts.withoutTrace, "line")) without a trace ID") + "\n"
        }
        return text
    }

    private func levels(_ counts: StatsCounts) -> String {
        var text = "\n" + style.bold("Levels") + "\n"
        for level in LineLevel.allCases.reversed() where counts.levels[level] > 0 {
            text += row("\(level.name)", counts.levels[level], counts.lines, "\(level.color)")
        }
        if counts.otherLevels > 0 { text += row("other", counts.otherLevels, counts.lines, "31") }
        if counts.schemas[.spans] > 0 { text += row("spans", counts.schemas[.spans], counts.lines, "36") }
        return text
    }

    private func table(_ title: String, _ names: NameCounts, _ total: Int, isBad: Bool = false) -> String {
        guard names.count > 0 else { return "" }
        var text = "\n" + style.bold(title) + "\n"
        for name in names.top(options.top) {
            let shown = name.name.isEmpty ? "(none)" : name.name
            text += row(shown, name.count, total, isBad ? "31" : "36", NumberText.bytes(name.bytes))
        }
        text += more(of: names.count)
        if names.others > 0 {
            // A text may have been in the table, out of it and in it again.
            let lines = NumberText.counted(names.others, "line")
            text += style.dim("  … and \(lines) with other texts; the counts are minimums") + "\n"
        }
        return text
    }

    private func more(of count: Int) -> String {
        guard count > options.top else { return "" }
        return style.dim("  … and \(NumberText.grouped(count - options.top)) more; --top N shows more") + "\n"
    }

    private func row(_ name: String, _ count: Int, _ total: Int, _ color: String, _ more: String = "") -> String {
        let share = total > 0 ? Double(count) / Double(total) : 0
        let width = count > 0 ? max(1, Int((share * 20).rounded())) : 0
        let bar = String(repeating: "█", count: width) + String(repeating: " ", count: 20 - min(20, width))
        let label = PlainText.padded(PlainText.shortened(PlainText.visible(name), to: 40), to: 40)
        return "  \(label) \(PlainText.rightAligned(NumberText.grouped(count), to: 14)) "
            + "\(PlainText.rightAligned(NumberText.fixed(share * 100, 1), to: 5)) % \(style.paint(color, bar)) "
            + style.dim(more) + "\n"
    }

    private func tasks(_ tasks: SlowTasks) -> String {
        guard !tasks.tasks.isEmpty else { return "" }
        var text = "\n" + style.bold("Tasks") + style.dim("  by total time") + "\n"
        let sorted = tasks.tasks.sorted { ($0.value.seconds, $1.key) > ($1.value.seconds, $0.key) }
        for (name, task) in sorted.prefix(options.top) {
            let failures = task.failures > 0 ? style.red("  ✖ \(NumberText.grouped(task.failures)) failed") : ""
            text += "  \(PlainText.padded(PlainText.shortened(PlainText.visible(name), to: 40), to: 40)) "
            text += PlainText.rightAligned(NumberText.grouped(task.count), to: 14) + " × "
            text += PlainText.padded(NumberText.duration(task.seconds / Double(task.count)), to: 9)
            text += style.dim(" at most \(NumberText.duration(task.longest))") + failures + "\n"
        }
        text += more(of: tasks.tasks.count)
        if tasks.others > 0 {
            let runs = NumberText.counted(tasks.others, "run")
            text += style.dim("  … and \(runs) of other tasks; the numbers are minimums") + "\n"
        }
        text += "\n" + style.bold("Slowest runs") + "\n"
        for run in tasks.slowest.sorted(by: { $0.seconds > $1.seconds }).prefix(min(options.top, 5)) {
            text += "  \(PlainText.padded(PlainText.shortened(PlainText.visible(run.name), to: 40), to: 40)) "
            text += PlainText.rightAligned(NumberText.duration(run.seconds), to: 14)
            text += style.dim("   trace \(PlainText.visible(run.trace))") + "\n"
        }
        return text
    }

    /// Lines by second, or by a longer time if there are many seconds.
    private func timeline(_ intervals: [(second: Int64, count: Int)], _ seconds: SecondCounts) -> String {
        guard let period = seconds.period else { return "" }
        let length = period.upperBound - period.lowerBound + 1
        let rows = Int64(max(options.top, 10))
        // Each interval is in one row.
        let width = seconds.width
        let step =
            [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400]
            .first { $0 % width == 0 && length / $0 < rows } ?? (length / rows / width + 1) * width
        let origin = period.lowerBound / step * step
        var groups: [Int64: Int] = [:]
        for entry in intervals { groups[(entry.second - origin) / step, default: 0] += entry.count }
        let most = groups.values.max() ?? 1
        let unit =
            step == 1 ? "second" : step < 120 ? "\(step) s" : step < 7200 ? "\(step / 60) min" : "\(step / 3600) h"
        var text = "\n" + style.bold("Lines per \(unit)") + "\n"
        for index in 0...(period.upperBound - origin) / step {
            let count = groups[index] ?? 0
            let start = Timestamp(nanoseconds: (origin + index * step) * 1_000_000_000)
            let width = count > 0 ? max(1, count * 40 / most) : 0
            text += "  \(step >= 3600 ? start.date + " " : "")\(start.timeOfDay.prefix(8)) "
            text += PlainText.rightAligned(NumberText.grouped(count), to: 14) + " "
            text += style.paint("36", String(repeating: "█", count: width)) + "\n"
        }
        return text
    }
}
