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

    /// - Parameter base: The handler that receives the events.
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
