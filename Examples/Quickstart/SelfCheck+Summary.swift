import Foundation

extension SelfCheck {
    /// Whether every frame went both hops, and every record and every line had the right IDs.
    func isClean(of frames: Int) -> Bool {
        let counts = counts
        return counts.arrived == frames && counts.wrongRecords + counts.wrongLines + counts.unreadableLines == 0
    }

    /// The summary for the user at the end of the run.
    func summary(of frames: Int, linesAreChecked: Bool, in time: Duration) -> String {
        let counts = counts
        let seconds = String(
            format: "%.1f s",
            Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        )
        var text =
            "quickstart: \(frames) frames in \(frames) traces over 2 hops: "
            + "\(counts.records) records and \(linesAreChecked ? "\(counts.lines)" : "unchecked") lines in \(seconds)\n"
            + "quickstart: \(counts.wrongLines) lines and \(counts.wrongRecords) records with a wrong ID\n"
        if let example = counts.example { text += "quickstart: the first such line: \(example)\n" }
        if counts.unreadableLines > 0 {
            text += "quickstart: \(counts.unreadableLines) lines without the nine keys of a log line\n"
        }
        if counts.arrived < frames {
            text += "quickstart: \(frames - counts.arrived) frames did not arrive\n"
        }
        return text
    }
}
