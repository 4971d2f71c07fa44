internal import CShims
internal import ContextLog
internal import ContextPropagation

/// The backend of ``setupLogging()``: makes the line on the caller's thread and writes it at once, so that nothing is
/// left behind in a process that dies.
final class LineBackend: LogBackend {
    private enum Format: ~Copyable {
        case json(JSONLineFormat)
        case console(ConsoleLineFormat)
    }

    private let format: Format
    let standardOutput: StandardOutputSink
    let file: FileSink?

    /// Opens the file, where there is one.
    init(settings: LogSettings, standardOutput: Int32 = 1) {
        switch settings.format {
        case .json: format = .json(JSONLineFormat(serviceName: settings.serviceName))
        case .console: format = .console(ConsoleLineFormat(usesColor: settings.usesColor))
        }
        self.standardOutput = StandardOutputSink(descriptor: standardOutput)
        file = settings.filePath.map { FileSink(path: $0) }
    }

    func log(_ event: borrowing Log.Event) {
        let buffer = event.buffer
        let start = buffer.pointee.bytes.count
        switch format {
        case .json(let format): format.append(event)
        case .console(let format): format.append(event)
        }
        let outcome = standardOutput.write(buffer.pointee.bytes.base + start, buffer.pointee.bytes.count - start)
        if _slowPath(outcome != .same) { report(outcome, "Standard output") }
        if let file {
            let outcome = file.write(
                buffer.pointee.bytes.base + start,
                buffer.pointee.bytes.count - start,
                event.seconds
            )
            if _slowPath(outcome != .same) { report(outcome, "LOG_FILE_PATH \(file.path)") }
        }
    }

    /// Says on the sinks that work that another one does not, once, and when it does again. Where none works stderr is told.
    @inline(never)
    private func report(_ outcome: SinkOutcome, _ sink: String) {
        switch outcome {
        case .same:
            break
        case .failed(let error):
            let fault =
                "\(sink) cannot be written: \(FileDescriptor.text(ofError: error)); its lines are counted as lost"
            if standardOutput.isFailing && file?.isFailing ?? true {
                writeToStandardError(fault)
            } else {
                Self.log.warning(fault)
            }
        case .recovered(let lost):
            Self.log.notice("\(sink) can be written again") { $0.lost_lines = lost }
        }
    }

    private func writeToStandardError(_ fault: String) {
        var line = ByteWriter(capacity: 256)
        line.append("WARNING ma-logger: ")
        line.append(escaping: fault)
        line.append("\n")
        _ = cshims_write(2, line.base, line.count)
    }

    /// What this module itself has to say.
    static let log = Log("ma-logger")

    /// Says that a part of the environment cannot be used, whatever levels are let through: one variable must not hide
    /// that another is wrong.
    static func warn(_ problem: String) {
        OpenEvent().deliver(
            to: log,
            level: .warning,
            message: problem,
            error: nil,
            fileID: #fileID,
            function: #function,
            line: #line
        )
    }
}
