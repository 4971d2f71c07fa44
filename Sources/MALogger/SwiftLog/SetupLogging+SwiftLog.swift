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
    guard bootstrapsSwiftLog, installedBackend.object == nil else { return installLogging() }
    // Foreign code makes it, which must not run under the lock of the set-up.
    let foreignHandler = ForeignHandler.name
    return installLogging { bootstrapSwiftLog(after: foreignHandler) }
}

private func bootstrapSwiftLog(after foreignHandler: String?) {
    if let foreignHandler {
        Log("ma-logger").critical(
            """
            swift-log is bootstrapped already, with \(foreignHandler), and ends the process at a second bootstrap; \
            call setupLogging() before every other bootstrap, or setupLogging(bootstrapsSwiftLog: false) to keep that \
            handler
            """
        )
    }
    LoggingSystem.bootstrap(
        { label, provider in SwiftLogHandler(label: label, metadataProvider: provider) },
        metadataProvider: nil
    )
    _ = ContextSnapshot.carriesLogger
}

/// The handler of an earlier bootstrap of swift-log.
private enum ForeignHandler {
    @TaskLocal private static var isBeingMade = false

    /// The type of the handler, as far as it can be known; nil if there was perhaps no bootstrap. Before the first
    /// bootstrap, loggers have a `StreamLogHandler`.
    static var name: String? {
        // The factory of that bootstrap calls setupLogging(). It would do so again, without end.
        if isBeingMade { return "a handler whose bootstrap calls setupLogging()" }
        let handler = $isBeingMade.withValue(true) { Logger(label: "ma-logger").handler }
        if handler is StreamLogHandler, LoggingSystem.metadataProvider == nil { return nil }
        return "\(type(of: handler))"
    }
}
#endif
