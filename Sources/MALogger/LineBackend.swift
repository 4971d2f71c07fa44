internal import ContextLog
internal import ContextPropagation

/// The backend of ``setupLogging()``: makes the line on the caller's thread and writes it at once, so that nothing is
/// left behind in a process that dies.
final class LineBackend: LogBackend {
    private enum Format {
        case json(JSONLineFormat)
        case console(ConsoleLineFormat)
    }

    private let format: Format
    let standardOutput: StandardOutputSink
    let file: FileSink?

    init(settings: LogSettings, standardOutput: Int32 = 1) {
        switch settings.format {
        case .json: format = .json(JSONLineFormat(serviceName: settings.serviceName))
        case .console: format = .console(ConsoleLineFormat(usesColor: settings.usesColor))
        }
        self.standardOutput = StandardOutputSink(descriptor: standardOutput)
        file = settings.filePath.map { FileSink(path: $0) }
    }

    func log(_ event: borrowing Log.Event) {
        let thread = event.thread
        let start = thread.pointee.bytes.count
        switch format {
        case .json(let format): format.append(event)
        case .console(let format): format.append(event)
        }
        let outcome = standardOutput.write(thread.pointee.bytes.base + start, thread.pointee.bytes.count - start)
        if _slowPath(outcome != .same) { report(outcome, "Standard output") }
        if let file {
            let outcome = file.write(
                thread.pointee.bytes.base + start,
                thread.pointee.bytes.count - start,
                event.seconds
            )
            if _slowPath(outcome != .same) { report(outcome, "LOG_FILE_PATH \(file.path)") }
        }
    }

    /// Opens the file before the first line, so that a path which cannot be used is known at once.
    func openFile(_ log: Log) {
        if let file { report(file.open(), "LOG_FILE_PATH \(file.path)") }
    }

    /// Says on the sinks that work that another one does not, once, and when it does again.
    @inline(never)
    private func report(_ outcome: SinkOutcome, _ sink: String) {
        let log = Log("ma-logger")
        switch outcome {
        case .same:
            break
        case .failed(let reason):
            log.warning("\(sink) cannot be written: \(SystemError.text(reason)); lines go on to the other sinks")
        case .recovered(let lost):
            log.notice("\(sink) can be written again") { $0.lost_lines = lost }
        }
    }
}
