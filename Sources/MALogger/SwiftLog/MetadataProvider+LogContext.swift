#if SwiftLog
internal import ContextPropagation
public import Logging

extension Logger.MetadataProvider {
    /// Gives the identifiers of the running context to another backend of swift-log: `trace_id`, `execution_id`, `task_id`
    /// and `span_id`, those that there are.
    ///
    /// ``SwiftLogHandler`` needs none of it. For a backend that ignores providers use ``LogContextHandler``.
    ///
    ///     LoggingSystem.bootstrap(StreamLogHandler.standardError, metadataProvider: .logContext)
    public static let logContext = Logger.MetadataProvider { LogContext.current.metadata }
}

extension LogContext {
    /// The identifiers as swift-log's metadata.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let trace = traceID?.description ?? correlationID { metadata["trace_id"] = .string(trace) }
        if let executionID { metadata["execution_id"] = .string(executionID) }
        if let taskID { metadata["task_id"] = .string(taskID) }
        if let spanID { metadata["span_id"] = .string(spanID.description) }
        return metadata
    }
}
#endif
