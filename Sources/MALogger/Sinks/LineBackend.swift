internal import CShims
internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The backend of ``setupLogging()``. It formats each line and writes it immediately, on the caller's thread, so that a
/// process that dies leaves no line behind.
final class LineBackend: DirectLogBackend {
    private enum Format: ~Copyable {
        case json(JSONLineFormat)
        case console(ConsoleLineFormat)
        case kestra(KestraLineFormat)
    }

    private let format: Format
    private let writesForKestra: Bool
    let standardOutput: StandardOutputSink
    let file: FileSink?
    /// Whether `file` is set. Asking `file` would count a reference.
    private let hasFile: Bool

    /// Opens the file of the settings, if they name one.
    init(settings: LogSettings, standardOutput: Int32 = 1) {
        writesForKestra = settings.format == .kestra
        switch settings.format {
        case .json: format = .json(JSONLineFormat(serviceName: settings.serviceName))
        case .console: format = .console(ConsoleLineFormat(usesColor: settings.usesColor))
        case .kestra: format = .kestra(KestraLineFormat())
        }
        self.standardOutput = StandardOutputSink(descriptor: standardOutput)
        file = settings.filePath.map { FileSink(path: $0) }
        hasFile = settings.filePath != nil
    }

    func log(_ event: borrowing Log.Event) {
        let second = event.seconds
        let line =
            switch format {
            case .json(let format): format.write(event)
            case .console(let format): format.write(event)
            case .kestra(let format): format.write(event)
            }
        guard let bytes = line.baseAddress else { return }
        let outcome = standardOutput.write(bytes, line.count, second)
        let fileOutcome = file?.write(bytes, line.count, second) ?? .same
        switch format {
        case .json(let format): format.restore(event)
        case .console(let format): format.restore(event)
        case .kestra(let format): format.restore(event)
        }
        if _slowPath(outcome != .same) { reportStandardOutput(outcome) }
        if let file, _slowPath(fileOutcome != .same) { report(fileOutcome, "LOG_FILE_PATH \(file.path)") }
    }

    func render(_ event: borrowing Log.Event) -> UnwrittenLine {
        switch format {
        case .json(let format):
            let second = Int(event.record.pointee.time.seconds)
            guard !hasFile, let descriptor = standardOutput.descriptor(forLineOf: second) else { break }
            let line = format.write(event)
            return UnwrittenLine(line.baseAddress.unsafelyUnwrapped, line.count, to: descriptor)
        case .console:
            break
        case .kestra:
            break
        }
        log(event)
        return .none
    }

    func finish(_ line: UnwrittenLine, _ written: Int) {
        guard let bytes = line.bytes?.assumingMemoryBound(to: UInt8.self) else { return }
        let outcome = standardOutput.finish(bytes, line.count, written)
        if outcome != .same { reportStandardOutput(outcome) }
    }

    private func reportStandardOutput(_ outcome: SinkOutcome) {
        report(outcome, "Standard output")
    }

    /// The installed backend, if it writes lines for Kestra.
    static var kestra: LineBackend? {
        installedBackend.withLock { $0 }.flatMap { $0.writesForKestra ? $0 : nil }
    }

    /// Writes a whole line to standard output that is no log line.
    func write(report line: [UInt8]) {
        let outcome = line.withUnsafeBufferPointer { line in
            line.baseAddress.map {
                standardOutput.write($0, line.count, Int(Platform.timeSinceEpoch.components.seconds))
            } ?? .same
        }
        if outcome != .same { report(outcome, "Standard output") }
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
        let event = OpenEvent(level, fileID: #fileID, function: #function, line: #line)
        event.fields.lost_lines = lostLines
        event.deliver(to: log, message: text, error: nil)
    }
}
