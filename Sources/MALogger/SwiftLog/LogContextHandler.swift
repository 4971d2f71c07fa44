#if SwiftLog
internal import ContextPropagation
public import Logging

/// Puts the identifiers of the running context into every event on its way to a handler that ignores metadata providers.
///
/// The event's own metadata wins over them. For a handler that honours providers `Logger.MetadataProvider.logContext`
/// does the same.
///
///     LoggingSystem.bootstrap { LogContextHandler(OldHandler(label: $0)) }
public struct LogContextHandler<Base: LogHandler>: LogHandler {
    private var base: Base

    public init(_ base: Base) {
        self.base = base
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
}
#endif
