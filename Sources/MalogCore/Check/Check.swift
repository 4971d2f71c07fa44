/// `malog check`: finds lines with faults.
package enum Check {
    /// Checks the files and prints a report.
    ///
    /// - Returns: The exit status: 0 without faults, 1 with faults.
    /// - Throws: A file that cannot be read.
    package static func run(_ options: CheckOptions, _ output: inout Output, style: TextStyle) throws -> Int32 {
        let inputs = try ScanInput.open(options.files)
        let spans = SpanTable()
        let start = System.seconds
        let scan = ParallelScan<CheckVisitor>(inputs, progress: .onTerminal("checking", inputs))
        let visitors = try scan.run { CheckVisitor(options, spans) }
        let seconds = System.seconds - start

        var counts = CheckCounts()
        for visitor in visitors { counts.add(visitor.counts) }
        let found = visitors.flatMap(\.found).sorted { $0.place < $1.place }.prefix(options.faultLimit)
        let places = found.map { "\(inputs[$0.place.input].name):\(scan.lineNumber(of: $0.place))" }
        let report = CheckReport(
            counts: counts,
            found: Array(zip(places, found)),
            files: inputs.count,
            seconds: seconds,
            options: options
        )
        output.append(report.text(style))
        return report.isClean ? 0 : 1
    }
}

/// The report of a check, with the failures first.
struct CheckReport {
    let counts: CheckCounts
    let found: [(place: String, fault: CheckVisitor.Found)]
    let files: Int
    let seconds: Double
    let options: CheckOptions

    private var isEmpty: Bool { counts.lines == 0 && !options.allowsEmpty }

    var isClean: Bool { counts.faults.total == 0 && !isEmpty }

    func text(_ style: TextStyle) -> String {
        if options.isQuiet, isClean { return "" }
        var text = headline(style) + "\n"
        if counts.faults.total > 0 {
            text += "\n"
            for (kind, count) in counts.faults.sorted {
                text += "\(PlainText.rightAligned(NumberText.grouped(count), to: 12)) × \(kind.text)\n"
            }
            text += "\n"
            for (place, found) in found {
                text += "\(style.bold(place)): \(style.red(found.fault.description)) (byte \(found.fault.offset + 1))\n"
                text += "    \(style.dim(found.excerpt))\n"
            }
            let more = counts.faults.total - found.count
            if more > 0 { text += "… and \(NumberText.grouped(more)) more; --faults N shows more of them\n" }
            text += "\n"
        }
        return text + summary(style)
    }

    private func headline(_ style: TextStyle) -> String {
        if isEmpty { return style.red("✘ no lines; --allow-empty accepts that") }
        let faults = counts.faults.total
        if faults == 0 { return style.green("✔ \(NumberText.counted(counts.lines, "line")), no faults") }
        return style.red("✘ \(NumberText.grouped(faults)) of \(NumberText.counted(counts.lines, "line")) with faults")
    }

    private func summary(_ style: TextStyle) -> String {
        var parts = counts.schemas.sorted.map { "\($0.key.rawValue) \(NumberText.grouped($0.count))" }
        if counts.kestra > 0 { parts.append("for Kestra \(NumberText.grouped(counts.kestra))") }
        if counts.foreign > 0 { parts.append("foreign \(NumberText.grouped(counts.foreign)) (not checked)") }
        if parts.isEmpty { parts.append("none readable") }
        let speed = seconds > 0 ? ", \(NumberText.bytes(Int(Double(counts.bytes) / seconds)))/s" : ""
        return style.dim(
            """
            schemas  \(parts.joined(separator: ", "))
            size     \(NumberText.bytes(counts.bytes)) in \(NumberText.counted(files, "file"))
            time     \(NumberText.duration(seconds))\(speed)
            """
        ) + "\n"
    }
}
