public import Synchronization

/// Logs the lines of one component. It has a label and fields that appear on each of its lines.
///
/// A library makes one for each component and keeps it in a `let`. A `Log` is a pointer, so copying it costs nothing.
/// The application decides where lines go (`setupLogging()` of the module MALogger). Until then, lines of `INFO` and
/// above go to stderr as text.
///
///     let log = Log("pipeline.inference")
///     log.info("frame processed") { $0.frame = 17; $0.camera = "north-gate" }
///
/// Message, fields and error are evaluated only if the level is on. Put numbers into fields: an interpolated message
/// costs allocations, and a literal message costs none.
///
/// A label is the name of a component, in parts that dots separate. Labels are compared byte by byte. A label lives as
/// long as the process, so never put data into it.
public struct Log: Sendable {
    // Safe to share, because the record is immortal and only atomic operations change it.
    @usableFromInline nonisolated(unsafe) package let record: UnsafePointer<LogLabel>
    @usableFromInline package let fields: RenderedFields?
    @usableFromInline let sampler: LogSampler?

    /// Makes the log of a label. All logs of one label share its level.
    ///
    /// - Parameter label: The component. If it is empty, the label is `unnamed`.
    public init(_ label: String) {
        record = LogRegistry.label(label)
        fields = nil
        sampler = nil
    }

    init(record: UnsafePointer<LogLabel>, fields: RenderedFields?, sampler: LogSampler?) {
        self.record = record
        self.fields = fields
        self.sampler = sampler
    }

    /// The name that appears on each line as `log.logger`.
    public var label: String { record.pointee.name }

    /// The level from which lines are logged now.
    public var level: LogLevel {
        LogLevel(rawValue: record.pointee.level.load(ordering: .relaxed) & ~LogLabel.capturing) ?? .trace
    }

    /// Whether a line of this level would be logged. You need not ask before a call, because each call checks the
    /// level.
    @inlinable
    public func isEnabled(_ level: LogLevel) -> Bool {
        let bar = record.pointee.level.load(ordering: .relaxed)
        return level.rawValue >= bar || bar >= LogLabel.capturing && _isEnabledWhileCapturing(level)
    }

    /// The lowest level at which a line of the caller is logged or captured.
    ///
    /// - Parameter own: A level that replaces that of the label.
    package func lowestLevel(own: LogLevel?) -> LogLevel {
        let bar = record.pointee.level.load(ordering: .relaxed)
        let level = own ?? LogLevel(rawValue: bar & ~LogLabel.capturing) ?? .trace
        guard bar >= LogLabel.capturing, let captured = LogCapture.lowestLevel else { return level }
        return min(level, captured)
    }

    /// The levels of the process. Setting them *replaces* the levels of every `Log`, including those that exist.
    public static var levels: LogLevels {
        get { LogRegistry.levels }
        set { LogRegistry.levels = newValue }
    }

    /// A copy whose fields appear on each of its lines. It *adds* to the fields that this log has.
    ///
    /// The fields are rendered once. On a line, they come after the context's fields and before the event's. To give
    /// fields to all lines of a scope, use `LogContext.with(_:)`.
    ///
    ///     let log = log.with { $0.camera = id }
    public func with(_ fields: (inout LogFields) -> Void) -> Log {
        Log(record: record, fields: LogFields.render(after: self.fields, fields), sampler: sampler)
    }
}
