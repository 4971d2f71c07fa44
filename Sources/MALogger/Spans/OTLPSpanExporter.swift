internal import ContextLog
internal import ContextPropagation

/// Writes each span as a line of OTLP/JSON: to the file of `LOG_SPANS_FILE_PATH`, or among the log lines.
struct OTLPSpanExporter: SpanExporter {
    private let format: OTLPSpanFormat
    private let backend: LineBackend
    let file: FileSink?
    /// Whether `LOG_SPANS_FILE_PATH` is standard output. A sink whose file is standard output writes nothing there.
    private let isStandardOutput: Bool

    init(settings: LogSettings, filePath: [UInt8]?, backend: LineBackend) {
        format = OTLPSpanFormat(serviceName: settings.serviceName, redactor: settings.redactor)
        let file = filePath.map { FileSink(path: $0, variable: "LOG_SPANS_FILE_PATH") }
        isStandardOutput = file?.isStandardOutput == true
        self.file = isStandardOutput ? nil : file
        self.backend = backend
    }

    func export(_ span: FinishedSpan) {
        guard let line = format.line(span) else { return }
        if isStandardOutput { return backend.write(toStandardOutput: line) }
        guard let file else { return backend.write(report: line, .info) }
        let second = Platform.timeSinceEpoch.seconds
        let outcome = line.withUnsafeBufferPointer { line in
            line.baseAddress.map { file.write($0, line.count, second) } ?? .same
        }
        if outcome != .same { backend.report(outcome, file.name) }
    }
}
