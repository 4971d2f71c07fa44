#if SwiftLog
internal import ContextPropagation
public import Logging

/// Adds the IDs of the current context to the events of a handler that ignores metadata providers.
///
/// The event's own metadata takes precedence over them. For a handler that uses providers, pass
/// `Logger.MetadataProvider.logContext` instead.
///
///     LoggingSystem.bootstrap { LogContextHandler(OldHandler(label: $0)) }
public struct LogContextHandler<Base: LogHandler>: LogHandler {
    private var base: Base

    /// Makes the handler of a logger. Call it only in the closure of `LoggingSystem.bootstrap`, or after the bootstrap.
    ///
    /// - Parameter base: The handler that receives the events.
    public init(_ base: Base) {
        self.base = base
        _ = ContextSnapshot.carriesLogger
    }

    public var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    public var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    public var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    public func log(event: LogEvent) {
        var event = event
        event.metadata = LogContext.current.metadata.merging(event.metadata ?? [:]) { _, own in own }
        base.log(event: event)
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
#endif
