#if SwiftLog
internal import ContextLog
internal import ContextPropagation
public import Logging

extension Logger.MetadataProvider {
    /// Gives the IDs of the current context to another backend of swift-log: `trace_id`, `execution_id`, `task_id` and
    /// `span_id`, if they exist.
    ///
    /// ``SwiftLogHandler`` does not need it. For a backend that ignores providers, use ``LogContextHandler``.
    ///
    ///     LoggingSystem.bootstrap(StreamLogHandler.standardError, metadataProvider: .logContext)
    public static let logContext = Logger.MetadataProvider { LogContext.current.metadata }
}

extension LogContext {
    /// The IDs as swift-log's metadata.
    var metadata: Logger.Metadata {
        Logger.Metadata(uniqueKeysWithValues: identifiers.map { ($0.key.rawValue, .string($0.text)) })
    }
}
#endif
