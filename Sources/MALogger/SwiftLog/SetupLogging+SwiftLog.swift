#if SwiftLog
internal import ContextPropagation
internal import Logging

/// Sets up logging as ``setupLogging()`` does, with or without swift-log.
///
/// A second bootstrap of swift-log ends the process, and a program cannot ask whether there was a first. If the
/// application bootstraps swift-log itself, pass `false` and use ``SwiftLogHandler`` there.
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
    LoggingSystem.bootstrap(
        { label, provider in SwiftLogHandler(label: label, metadataProvider: provider) },
        metadataProvider: nil
    )
    ContextSnapshot.registerLogger()
}
#endif
