#if SwiftLog
internal import ContextPropagation
internal import Logging

extension ContextSnapshot {
    /// Lets every snapshot carry swift-log's current logger over the bridges, as it carries the context. To be called when
    /// swift-log is bootstrapped: to ask for the current logger before fixes what the default one is.
    static func registerLogger() {
        register(
            "swift-log.logger",
            capture: { Logger.current },
            run: { logger, body in withLogger(logger) { _ in body() } },
            runAsync: { logger, body in await withLogger(logger) { _ in await body() } }
        )
    }
}
#endif
