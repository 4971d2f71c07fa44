#if SwiftLog
internal import ContextPropagation
internal import Logging

/// Sets logging up as ``setupLogging()`` does, and says whether swift-log is part of it.
///
/// swift-log can be bootstrapped once in a process, and ends it at a second try; nobody can ask it first. An application
/// that bootstraps it itself passes `false` here and uses ``SwiftLogHandler`` there.
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
