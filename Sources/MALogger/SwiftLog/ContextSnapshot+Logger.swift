#if SwiftLog
internal import ContextPropagation
internal import Logging

extension ContextSnapshot {
    /// Makes every snapshot carry swift-log's current logger over the bridges, as it carries the context. Code reads
    /// this constant once to register it.
    ///
    /// Read it only if swift-log is bootstrapped, because the first read of the current logger fixes its default.
    static let carriesLogger = register(
        "swift-log.logger",
        capture: { Logger.current },
        run: { logger, body in withLogger(logger) { _ in body() } },
        runAsync: { logger, body in await withLogger(logger) { _ in await body() } }
    )
}
#endif
