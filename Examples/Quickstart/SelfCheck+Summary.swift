import Foundation

extension SelfCheck {
    /// The number of lines about a frame.
    private static let linesOfFrame = 7

    /// Whether every frame went both hops, and every record and every line had the right IDs.
    var isClean: Bool { failures.isEmpty }

    /// The sentences about everything that went wrong.
    private var failures: [String] {
        let counts = counts
        var failures: [String] = []
        if counts.wrongLines + counts.wrongRecords > 0 {
            failures.append("\(counts.wrongLines) lines and \(counts.wrongRecords) records have a wrong ID")
        }
        if counts.unreadableLines > 0 {
            failures.append("\(counts.unreadableLines) lines do not have the nine keys of a log line")
        }
        if counts.arrived < plan.frames { failures.append("\(plan.frames - counts.arrived) frames did not arrive") }
        if plan.expectsLoss, counts.frameLines == plan.frames * Self.linesOfFrame, counts.lostLines != 1 {
            failures.append(
                "the frame without the bridge lost \(counts.lostLines) lines instead of 1, so this check proves nothing"
            )
        }
        return failures
    }

    /// The sentences about everything that was not checked.
    private var gaps: [String] {
        let counts = counts
        var gaps: [String] = []
        if let obstacle = plan.obstacle {
            gaps.append("the lines, because \(obstacle)")
        } else {
            let missing = plan.frames * Self.linesOfFrame - counts.frameLines
            if missing > 0 {
                gaps.append("\(missing) lines about frames that were not written; see LOG_LEVEL and LOG_LEVELS")
            }
            if counts.spans > 0 { gaps.append("\(counts.spans) lines with spans") }
        }
        return gaps
    }

    /// The summary for the user at the end of the run: first the failures, then the gaps, then the numbers.
    ///
    /// - Parameter failure: The error that ended the run early.
    func summary(in time: Duration, failure: (any Error)?) -> String {
        let counts = counts
        let seconds = String(
            format: "%.1f s",
            Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        )
        var sentences = (failure.map { ["\($0)"] } ?? []).map { "FAILED: \($0)" }
        sentences += failures.map { "FAILED: \($0)" }
        if let example = counts.example { sentences.append("the first line with a wrong ID: \(example)") }
        sentences += gaps.map { "unchecked: \($0)" }
        if counts.lostLines == 1 {
            sentences.append("without the bridge, 1 line lost its trace ID, and the check saw it")
        }
        if plan.obstacle == nil {
            let lines = plan.expectsLoss ? "the other \(counts.lines - counts.lostLines)" : "\(counts.lines)"
            sentences.append(
                "\(counts.wrongLines) of \(lines) lines and \(counts.wrongRecords) of \(counts.records) records have a "
                    + "wrong ID"
            )
        } else {
            sentences.append("\(counts.wrongRecords) of \(counts.records) records have a wrong ID")
        }
        sentences.append("\(counts.arrived) frames in \(counts.arrived) traces over 2 hops in \(seconds)")
        return sentences.map { "quickstart: \($0)\n" }.joined()
    }
}
