internal import CShims
internal import ContextLog
internal import ContextPropagation

/// The backend of ``setupLogging()``. It formats each line and writes it immediately, on the caller's thread, so that a
/// process that dies leaves no line behind.
final class LineBackend: LogBackend {
    private enum Format: ~Copyable {
        case json(JSONLineFormat)
        case console(ConsoleLineFormat)
    }

    private let format: Format
    let standardOutput: StandardOutputSink
    let file: FileSink?

    /// Opens the file of the settings, if they name one.
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
        let outcome = standardOutput.write(
            buffer.pointee.bytes.base + start,
            buffer.pointee.bytes.count - start,
            event.seconds
        )
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

    /// Logs at any configured level that a sink fails, works again or has lost lines. If no sink works, the text goes
    /// to stderr.
    @inline(never)
    private func report(_ outcome: SinkOutcome, _ sink: String) {
        switch outcome {
        case .same:
            break
        case .failed(let error):
            let fault =
                "\(sink) cannot be written: \(FileDescriptor.text(ofError: error)); lost lines are counted until it can"
            if standardOutput.isFailing && file.map({ $0.isFailing || $0.isStandardOutput }) ?? true {
                writeToStandardError(fault)
            } else {
                Self.warn(fault)
            }
        case .recovered(let lost):
            Self.notice("\(sink) can be written again", lostLines: lost)
        case .removed(let lost):
            Self.warn("\(sink) was removed, and its last lines are lost", lostLines: lost)
        }
    }

    private func writeToStandardError(_ fault: String) {
        var line = ByteWriter(capacity: 256)
        line.append("WARNING ma-logger: ")
        line.append(escaping: fault)
        line.append("\n")
        _ = cshims_write(2, line.base, line.count)
    }

    private static let log = Log("ma-logger")

    /// Logs a fault of the environment or of a sink at any configured level, so that nobody has to change a level to
    /// learn that lines are missing.
    static func warn(_ fault: String, lostLines: Int? = nil) {
        write(.warning, fault, lostLines)
    }

    private static func notice(_ text: String, lostLines: Int) {
        write(.notice, text, lostLines)
    }

    private static func write(_ level: LogLevel, _ text: String, _ lostLines: Int?) {
        let event = OpenEvent()
        event.fields.lost_lines = lostLines
        event.deliver(
            to: log,
            level: level,
            message: text,
            error: nil,
            fileID: #fileID,
            function: #function,
            line: #line
        )
    }
}
