#if SwiftLog
internal import ContextLog
internal import ContextPropagation
internal import Logging

/// Sets up logging as ``setupLogging()`` does, with or without swift-log.
///
/// A second bootstrap of swift-log ends the process. If another library has bootstrapped it already, with a handler or
/// a metadata provider of its own, a `CRITICAL` line says so first. A program cannot ask swift-log itself, so there is
/// no such line before a bootstrap that comes later, or after one that kept `StreamLogHandler`. If the application
/// bootstraps swift-log itself, pass `false` and use ``SwiftLogHandler`` there.
///
/// - Parameter bootstrapsSwiftLog: Whether to bootstrap swift-log with ``SwiftLogHandler``.
/// - Returns: The result of ``setupLogging()``.
@discardableResult
public func setupLogging(bootstrapsSwiftLog: Bool) -> LoggingSetup {
    let setup = installLogging()
    if setup.isFirst, bootstrapsSwiftLog { bootstrapSwiftLog() }
    return setup
}

func bootstrapSwiftLog() {
    if let handler = foreignHandler {
        Log("ma-logger").critical(
            """
            swift-log is bootstrapped already, with \(handler), and ends the process at a second bootstrap; call \
            setupLogging() before every other bootstrap, or setupLogging(bootstrapsSwiftLog: false) to keep that handler
            """
        )
    }
    LoggingSystem.bootstrap(
        { label, provider in SwiftLogHandler(label: label, metadataProvider: provider) },
        metadataProvider: nil
    )
    ContextSnapshot.registerLogger()
}

/// The type of the handler of an earlier bootstrap, as far as it can be known; nil if there was perhaps none. Before
/// the first bootstrap, loggers have a `StreamLogHandler`.
private var foreignHandler: String? {
    let handler = Logger(label: "ma-logger").handler
    if handler is StreamLogHandler, LoggingSystem.metadataProvider == nil { return nil }
    return "\(type(of: handler))"
}
#endif
