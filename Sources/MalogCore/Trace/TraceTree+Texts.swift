extension TraceTree {
    /// The ID of the trace, or the number of traces.
    var title: String {
        traces.count == 1 ? "trace \(traces[0])" : NumberText.counted(traces.count, "trace")
    }

    /// The start, the length, and the numbers of lines and units of work.
    var facts: [String] {
        [
            "\(start.date) \(start.timeOfDay) UTC", NumberText.duration(seconds), NumberText.counted(lineCount, "line"),
            NumberText.counted(nodes.count, "span"),
        ]
    }

    /// The execution, or nil if the lines have none or more than one.
    var shownExecution: String? {
        let executions = Set(nodes.flatMap { $0.lines.compactMap(\.execution) })
        return executions.count == 1 ? executions.first.map { "execution \($0)" } : nil
    }

    /// The number of failures, or nil without one.
    var shownFailures: String? {
        failureCount > 0 ? "✖ \(NumberText.counted(failureCount, "failure"))" : nil
    }

    /// The names of the services, with a question mark for a service without a name.
    var shownServices: [String] { services.map { $0.isEmpty ? "?" : $0 } }
}

extension TraceNode {
    /// The texts beside the name: the task, if it is not the name, and the thread.
    var details: [String] { texts(task == name ? nil : task) }

    /// The texts beside the message of its only line: the task, the thread and the fields.
    func details(of line: TraceLine) -> [String] { texts(task) + line.fieldTexts }

    private func texts(_ task: String?) -> [String] {
        [task, thread.map { "thread \($0)" }].compactMap { $0 }
    }

    /// The time from the start to the end, or an empty text if only one moment is known.
    var duration: String { isMeasured || seconds > 0 ? NumberText.duration(seconds) : "" }
}
