internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation

/// The backend of ``setupLogging()``. It formats each line and writes it immediately, on the caller's thread, so that a
/// process that dies leaves no line behind.
final class LineBackend: DirectLogBackend {
    private enum Format: ~Copyable {
        case json(JSONLineFormat)
        case schema(SchemaLineFormat)
        case console(ConsoleLineFormat)
        case kestra(KestraLineFormat)
    }

    private let format: Format
    let standardOutput: StandardOutputSink
    let file: FileSink?
    /// Whether `file` is set. Asking `file` would count a reference.
    private let hasFile: Bool

    /// Opens the file of the settings, if they name one.
    init(settings: LogSettings, standardOutput: Int32 = 1) {
        switch settings.format {
        case .json:
            if settings.schema == .otel, settings.redactor == nil {
                format = .json(JSONLineFormat(serviceName: settings.serviceName, writesParent: settings.writesParent))
            } else {
                format = .schema(
                    SchemaLineFormat(
                        settings.lineSchema,
                        redactor: settings.redactor,
                        writesParent: settings.writesParent
                    )
                )
            }
        case .console:
            format = .console(ConsoleLineFormat(usesColor: settings.usesColor, redactor: settings.redactor))
        case .kestra:
            format = .kestra(KestraLineFormat(redactor: settings.redactor))
        }
        self.standardOutput = StandardOutputSink(descriptor: standardOutput)
        file = settings.filePath.map { FileSink(path: $0, variable: "LOG_FILE_PATH") }
        hasFile = settings.filePath != nil
    }

    func log(_ event: borrowing Log.Event) {
        let second = event.seconds
        let line = format(event)
        guard let bytes = line.baseAddress else { return }
        let outcomes = write(bytes, line.count, second)
        restore(event)
        if let outcomes { report(outcomes) }
    }

    /// Writes the event as a line into its thread's buffer; see ``LineFormat/write(_:)``.
    func format(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        switch format {
        case .json(let format): format.write(event)
        case .schema(let format): format.write(event)
        case .console(let format): format.write(event)
        case .kestra(let format): format.write(event)
        }
    }

    /// Restores the event to its state before ``format(_:)``.
    func restore(_ event: borrowing Log.Event) {
        switch format {
        case .json(let format): format.restore(event)
        case .schema(let format): format.restore(event)
        case .console(let format): format.restore(event)
        case .kestra(let format): format.restore(event)
        }
    }

    /// Writes one line to each sink, on this thread. Returns the changes of the sinks, if there are any.
    @inline(__always)
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcomes? {
        let output = standardOutput.write(bytes, count, second)
        let file = file?.write(bytes, count, second) ?? .same
        return _fastPath(output == .same && file == .same) ? nil : SinkOutcomes(output: output, file: file)
    }

    func render(_ event: borrowing Log.Event) -> UnwrittenLine {
        switch format {
        case .json(let format):
            let second = Int(event.record.pointee.time.seconds)
            guard !hasFile, standardOutput.takesLines(of: second) else { break }
            let line = format.write(event)
            let bytes = line.baseAddress.unsafelyUnwrapped
            // No code of the application runs between this and the system call. It could log, and wait for the gate.
            switch standardOutput.enter(line.count) {
            case .device: return UnwrittenLine(bytes, line.count, to: standardOutput.descriptor)
            case .pipe: return UnwrittenLine(bytes, line.count, to: standardOutput.descriptor, needsFinish: true)
            case .other: break
            }
            let outcome = standardOutput.writeAlone(bytes, line.count)
            if outcome != .same { report(outcome, standardOutput.name) }
            return .none
        case .schema:
            break
        case .console:
            break
        case .kestra:
            break
        }
        log(event)
        return .none
    }

    func finish(_ line: UnwrittenLine, _ written: Int) {
        if line.needsFinish { standardOutput.leave() }
        guard let bytes = line.bytes?.assumingMemoryBound(to: UInt8.self) else { return }
        let outcome = standardOutput.end(bytes, line.count, written)
        if outcome != .same { report(outcome, standardOutput.name) }
    }

    private var writesForKestra: Bool {
        switch format {
        case .kestra: true
        default: false
        }
    }

    /// The installed backend, if it writes lines for Kestra.
    static var kestra: LineBackend? {
        installedBackend.object.flatMap { $0.writesForKestra ? $0 : nil }
    }

    /// Writes a whole line that is no log line to each sink.
    ///
    /// - Parameter level: Below `warning`, a full buffer may drop the line.
    func write(report line: [UInt8], _ level: LogLevel = .warning) {
        let second = Platform.timeSinceEpoch.seconds
        let buffering = installedBuffering.object
        line.withUnsafeBufferPointer { line in
            guard let bytes = line.baseAddress else { return }
            if let buffering {
                if let outcomes = buffering.append(bytes, line.count, level, second) { report(outcomes) }
            } else {
                if let outcomes = write(bytes, line.count, second) { report(outcomes) }
            }
        }
    }

    /// Writes a whole line that is no log line to standard output, and not to the file.
    func write(toStandardOutput line: [UInt8]) {
        guard hasFile else { return write(report: line, .info) }
        let second = Platform.timeSinceEpoch.seconds
        let outcome = line.withUnsafeBufferPointer { line in
            guard let bytes = line.baseAddress else { return SinkOutcome.same }
            return installedBuffering.object?.append(toStandardOutput: bytes, line.count, second)
                ?? standardOutput.write(bytes, line.count, second)
        }
        if outcome != .same { report(outcome, standardOutput.name) }
    }

    /// Formats a line that is not written. Swift makes constants and types when they are first used, under locks. A
    /// child that is forked while another thread holds one of them would wait for ever at its own first line.
    func prepare() {
        let event = OpenEvent(.info, fileID: #fileID, function: #function, line: #line)
        event.fields.lost_lines = 0
        event.deliver(to: Self.ownLog, message: "line") { _ = format($0) }
        _ = ErrorType.of(SystemError(number: 0))
        _ = (installedBuffering.object, installedCapture.object)
    }
}
