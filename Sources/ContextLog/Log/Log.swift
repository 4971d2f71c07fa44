public import ContextPropagation
public import Synchronization

/// Where a part of a program logs: a label, and fields that stand on each of its lines.
///
/// Libraries make one per component and hold it in a `let`; a `Log` is a pointer, and copying it costs nothing. What
/// becomes of the lines is decided by the application (`setupLogging()` of module MALogger); until it decides, lines of
/// INFO and above go to stderr as text.
///
///     let log = Log("pipeline.inference")
///     log.info("frame processed") { $0.frame = 17; $0.camera = "north-gate" }
///
/// Whatever a line is given - message, fields, error - is evaluated only when its level is let through. Numbers belong in
/// fields: an interpolated message costs allocations, a literal one none.
///
/// A label is the name of a component, in parts that a dot separates, and lives as long as the process: never put data into it.
public struct Log: Sendable {
    // Immortal, and changed by atomic operations only: safe to share.
    @usableFromInline nonisolated(unsafe) package let record: UnsafePointer<LogLabel>
    @usableFromInline package let fields: RenderedFields?
    @usableFromInline let sampler: LogSampler?

    /// The log of this label. Every one of the same label shares its level.
    public init(_ label: String) {
        record = LogRegistry.label(label)
        fields = nil
        sampler = nil
    }

    @usableFromInline
    package init(record: UnsafePointer<LogLabel>, fields: RenderedFields?) {
        self.init(record: record, fields: fields, sampler: nil)
    }

    init(record: UnsafePointer<LogLabel>, fields: RenderedFields?, sampler: LogSampler?) {
        self.record = record
        self.fields = fields
        self.sampler = sampler
    }

    /// The name that stands on each line as `log.logger`.
    public var label: String { record.pointee.name }

    /// The level from which on lines are let through now.
    public var level: LogLevel {
        LogLevel(rawValue: record.pointee.level.load(ordering: .relaxed) & ~LogLabel.capturing) ?? .trace
    }

    /// Whether a line of this level would be let through. Not needed before a call: every call asks itself.
    @inlinable
    public func isEnabled(_ level: LogLevel) -> Bool {
        let bar = record.pointee.level.load(ordering: .relaxed)
        return level.rawValue >= bar || bar >= LogLabel.capturing && _isEnabledWhileCapturing(level)
    }

    /// Which lines are let through, in the whole process. Setting it *replaces* the levels, also of every `Log` that exists.
    public static var levels: LogLevels {
        get { LogRegistry.levels }
        set { LogRegistry.levels = newValue }
    }

    /// A copy whose fields stand on each of its lines, rendered once; it *adds* to those that this one has.
    ///
    /// On a line they follow the context's fields and come before the event's own. To give fields to everything
    /// that happens in a scope, whoever logs it, use `LogContext.with(_:)`.
    ///
    ///     let log = log.with { $0.camera = id }
    public func with(_ fields: (inout LogFields) -> Void) -> Log {
        Log(record: record, fields: LogFields.render(after: self.fields, fields), sampler: sampler)
    }
}
