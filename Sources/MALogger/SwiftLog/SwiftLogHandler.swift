#if SwiftLog
internal import ContextLog
internal import ContextPropagation
public import Logging

/// A swift-log handler that writes through ma-logger. Lines get the same format, the same sinks and the IDs of the
/// current context.
///
/// `setupLogging()` bootstraps swift-log with it. Use it only if the application bootstraps swift-log itself, after
/// `setupLogging(bootstrapsSwiftLog: false)`:
///
///     LoggingSystem.bootstrap { MultiplexLogHandler([SwiftLogHandler(label: $0), other($0)]) }
///
/// On a line, the event's metadata takes precedence over the provider's, and the provider's over the logger's. A
/// `.stringConvertible` that holds a number, a Bool or another ``/ContextLog/LogValue`` keeps its type. Metadata that
/// nests more than 100 deep is left out.
public struct SwiftLogHandler: LogHandler {
    private let log: Log
    private var ownLevel: LogLevel?

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    /// The level of this logger. Until it is set, `LOG_LEVEL` and `LOG_LEVELS` decide. In a test that captures lines,
    /// it is not higher than the level of the capture.
    public var logLevel: Logger.Level {
        get { Logger.Level(log.lowestLevel(own: ownLevel)) }
        set { ownLevel = LogLevel(newValue) }
    }

    /// Makes the handler of a logger. Call it only in the closure of `LoggingSystem.bootstrap`, or after the bootstrap.
    ///
    /// - Parameters:
    ///   - label: The label of the logger. It appears on each line as `log.logger`. Each new label stays in memory as
    ///     long as the process, so never put data into it.
    ///   - metadataProvider: A provider of further metadata. The IDs of the context need none.
    public init(label: String, metadataProvider: Logger.MetadataProvider? = nil) {
        log = Log(label)
        self.metadataProvider = metadataProvider
        _ = ContextSnapshot.carriesLogger
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let provided = metadataProvider?.get()
        let message = event.message.description
        let level = LogLevel(event.level)
        let line = event.line
        var file = event.file
        var function = event.function
        file.withUTF8 { file in
            function.withUTF8 { function in
                let open = OpenEvent(level, file, function, line: line)
                open.fields.set(metadata)
                if let provided { open.fields.set(provided) }
                if let own = event.metadata { open.fields.set(own) }
                open.deliver(to: log, message: message, error: event.error)
            }
        }
    }

    /// Writes an event of a wrapper that still forwards this call of swift-log 1.12. swift-log's own implementation and
    /// its counterpart for ``log(event:)`` would call each other for ever.
    @available(*, deprecated, renamed: "log(event:)")
    public func log(
        level: Logger.Level,
        message: Logger.Message,
        metadata: Logger.Metadata?,
        source: String,
        file: String,
        function: String,
        line: UInt
    ) {
        log(
            event: LogEvent(
                level: level,
                message: message,
                metadata: metadata,
                source: source,
                file: file,
                function: function,
                line: line
            )
        )
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
