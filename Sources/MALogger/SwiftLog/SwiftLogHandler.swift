#if SwiftLog
internal import ContextLog
internal import ContextPropagation
public import Logging

/// The handler that makes swift-log's lines lines of ours: the same format, the same sinks, the identifiers of the running context.
///
/// `setupLogging()` bootstraps swift-log with it. Use it yourself only where the application has a bootstrap of its own,
/// after `setupLogging(bootstrapsSwiftLog: false)`:
///
///     LoggingSystem.bootstrap { MultiplexLogHandler([SwiftLogHandler(label: $0), other($0)]) }
///
/// On the line the event's metadata wins over the provider's, and that over the logger's. A `.stringConvertible` that
/// holds a number, a Bool or another ``ContextLog/LogValue`` keeps its type.
public struct SwiftLogHandler: LogHandler {
    private let log: Log
    private var ownLevel: Logger.Level?

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    /// The level of this logger. Until it is set it is what `LOG_LEVEL` and `LOG_LEVELS` say for the label.
    public var logLevel: Logger.Level {
        get { ownLevel ?? Logger.Level(log.level) }
        set { ownLevel = newValue }
    }

    public init(label: String, metadataProvider: Logger.MetadataProvider? = nil) {
        log = Log(label)
        self.metadataProvider = metadataProvider
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let provided = metadataProvider?.get()
        let message = event.message.description
        let fields = LogFields._open()
        if !metadata.isEmpty { fields.set(metadata) }
        if let provided { fields.set(provided) }
        if let own = event.metadata { fields.set(own) }
        var file = event.file
        var function = event.function
        file.withUTF8 { file in
            function.withUTF8 { function in
                fields._close(log, LogLevel(event.level), message, event.error, file, function, event.line)
            }
        }
    }
}

extension LogFields {
    fileprivate func set(_ metadata: Logger.Metadata) {
        // Sorted, so that a line does not change from run to run: a dictionary has no order of its own.
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { self[key] = MetadataField(value: value) }
    }
}

/// A metadata value as a field.
private struct MetadataField: LogValue {
    let value: Logger.MetadataValue

    func write(to field: borrowing LogField) {
        switch value {
        case .string(let text):
            field.set(text)
        case .stringConvertible(let value):
            if let typed = value as? any LogValue {
                field.set(typed)
            } else {
                field.set(value.description)
            }
        case .array(let elements):
            field.set(elements.map { MetadataField(value: $0) })
        case .dictionary(let members):
            field.set(members.mapValues { MetadataField(value: $0) })
        }
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}

extension LogLevel {
    init(_ level: Logger.Level) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
#endif
