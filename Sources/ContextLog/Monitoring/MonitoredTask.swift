internal import ContextPropagation

/// One run of a monitored task, with the values that its line needs.
struct MonitoredTask: ~Copyable {
    private let log: Log
    private let level: LogLevel
    private let name: String
    private let sampling: LogSampling?
    private let fileID: StaticString
    private let function: StaticString
    private let line: UInt
    private let start = MonotonicTime.now
    /// The context of the body.
    let context: LogContext
    /// The span below which that of the body is shown, if it is exported.
    private let ancestor: SpanID?

    init(
        _ name: String,
        _ log: Log?,
        _ level: LogLevel,
        _ taskID: String?,
        _ sampling: LogSampling?,
        _ fileID: StaticString,
        _ function: StaticString,
        _ line: UInt
    ) {
        let child = LogContext.current.child(taskID: taskID)
        if SpanExport.includes(child) {
            ancestor = child.tracedAncestor
            context = child.traced
        } else {
            ancestor = nil
            context = child
        }
        self.log = log ?? Log(Self.module(of: fileID))
        self.level = level
        self.name = name
        self.sampling = sampling
        self.fileID = fileID
        self.function = function
        self.line = line
    }

    /// Returns the part before the slash of `Module/File.swift`.
    private static func module(of fileID: StaticString) -> String {
        fileID.withUTF8Buffer { String(decoding: $0.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) }
    }

    func succeeded(_ fields: (inout LogFields) -> Void) {
        end(level, "success", nil, fields)
    }

    func failed(_ error: any Error) {
        if error.isCancellation {
            end(.notice, "cancelled", nil) { _ in }
        } else {
            end(.error, "failed", error) { _ in }
        }
    }

    private func end(
        _ level: LogLevel,
        _ end: StaticString,
        _ error: (any Error)?,
        _ fields: (inout LogFields) -> Void
    ) {
        guard SpanExport.includes(context) else { return write(log.fields, level, end, error, fields) }
        // The closure of the fields runs once, for the span and the line.
        let rendered = LogFields.render(after: log.fields, fields)
        SpanExport.export(
            FinishedSpan(
                name,
                .internal,
                scope: log.label,
                in: context,
                below: ancestor,
                since: start,
                source: FinishedSpan.Source(fileID: fileID, function: function, line: line),
                attributes: rendered,
                error: error
            )
        )
        write(rendered, level, end, error) { _ in }
    }

    private func write(
        _ logFields: RenderedFields?,
        _ level: LogLevel,
        _ end: StaticString,
        _ error: (any Error)?,
        _ fields: (inout LogFields) -> Void
    ) {
        guard log.isEnabled(level) else { return }
        let elapsed = MonotonicTime.duration(from: start, to: MonotonicTime.now)
        let sampler = sampling.map { LogSampler.at(fileID, line, $0) } ?? log.sampler
        guard sampler?.admits(level, elapsed: elapsed) ?? true else { return }
        // The sampling was decided above, because only now is the duration known. This copy of the log has no sampler,
        // so it does not decide again.
        let log = Log(record: log.record, fields: logFields, sampler: nil)
        log.log(level, "Task \(name) \(end)", error: error, fileID: fileID, function: function, line: line) {
            fields(&$0)
            // These follow the caller's fields, because the last value of a name counts.
            $0.duration = elapsed
            if let suppressed = sampler?.takeSuppressed(), suppressed > 0 { $0.suppressed = suppressed }
        }
    }
}
