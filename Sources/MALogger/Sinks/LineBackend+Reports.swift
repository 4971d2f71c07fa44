internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation

/// Lines about the sinks, and about faults of the environment.
extension LineBackend {
    /// The log of ma-logger's own lines.
    static let ownLog = Log("ma-logger")

    /// Logs the changes of the sinks. Call it when the line that found them is complete: a report is a line too.
    @inline(never)
    func report(_ outcomes: SinkOutcomes) {
        if outcomes.output != .same { report(outcomes.output, standardOutput.name) }
        if let file, outcomes.file != .same { report(outcomes.file, file.name) }
    }

    /// Logs at any configured level that a sink fails, works again or has lost lines. If no sink works, the text goes
    /// to stderr.
    ///
    /// - Parameter isDirect: Whether to write the line here, past the installed backend and the buffer.
    @inline(never)
    func report(_ outcome: SinkOutcome, _ sink: String, isDirect: Bool = false) {
        let writer = isDirect ? self : nil
        switch outcome {
        case .same:
            break
        case .failed(let error):
            let fault =
                "\(sink) cannot be written: \(Platform.text(ofError: error)); lost lines are counted until it can"
            if standardOutput.isFailing && file.map({ $0.isFailing || $0.isStandardOutput }) ?? true {
                writeToStandardError(fault)
            } else {
                Self.log(.warning, fault, writtenBy: writer)
            }
        case .recovered(let lost):
            Self.log(.notice, "\(sink) can be written again", lostLines: lost, writtenBy: writer)
        case .removed(let lost):
            Self.log(.warning, "\(sink) was removed, and its last lines are lost", lostLines: lost, writtenBy: writer)
        }
    }

    private func writeToStandardError(_ fault: String) {
        var line = ByteWriter(capacity: 256)
        line.append("WARNING ma-logger: ")
        line.append(escaping: fault)
        line.append("\n")
        _ = malogc_write_all(malogc_original_stream(2), line.base, line.count)
    }

    /// Logs a fault of the environment or of a sink at any configured level.
    static func warn(_ fault: String, lostLines: Int? = nil) {
        log(.warning, fault, lostLines: lostLines)
    }

    /// Logs a line at any configured level, so that nobody has to change a level to learn that lines are missing.
    ///
    /// - Parameter writer: The backend that writes the line here, past the installed backend and the buffer. Another
    ///   thread may log before the line, but the line is not among the lines of a batch. If it is nil, the installed
    ///   backend gets the line.
    static func log(_ level: LogLevel, _ text: String, lostLines: Int? = nil, writtenBy writer: LineBackend? = nil) {
        let event = OpenEvent(level, fileID: #fileID, function: #function, line: #line)
        event.fields.lost_lines = lostLines
        guard let writer else { return event.deliver(to: ownLog, message: text, error: nil) }
        event.deliver(to: ownLog, message: text) { event in
            let line = writer.format(event)
            guard let bytes = line.baseAddress else { return }
            // No line follows that could report a change of the sinks.
            _ = writer.write(bytes, line.count, event.seconds)
        }
    }
}
