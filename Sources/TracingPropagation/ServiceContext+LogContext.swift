#if DistributedTracing
public import ContextPropagation
public import Tracing

/// A context in a `ServiceContext`, and the context that was bound when it was put there.
private struct CarriedLogContext: Sendable {
    let context: LogContext
    let bound: LogContext.Storage
}

private enum LogContextKey: ServiceContextKey {
    typealias Value = CarriedLogContext

    static var nameOverride: String? { "log-context" }
}

extension ServiceContext {
    /// The identifiers that travel with this context; nil if there are none.
    ///
    /// ``LogContextInstrument`` sets it to the context of the request that it extracts. Libraries pass the
    /// `ServiceContext` on, and their clients inject it. Set it only to send other identifiers than those of
    /// `LogContext.current`:
    ///
    ///     var context = ServiceContext.current ?? .topLevel
    ///     context.logContext = order.context
    ///     try await client.execute(request, context: context)
    ///
    /// The property does not bind anything: lines still have the IDs of `LogContext.current`. To bind both, use
    /// `withLogContext(following:_:)`.
    public var logContext: LogContext? {
        get { self[LogContextKey.self]?.context }
        set {
            self[LogContextKey.self] = newValue.map {
                CarriedLogContext(context: $0, bound: LogContext.current.storage)
            }
        }
    }

    /// The identifiers of the innermost scope: those of this context, or those that were bound since it got them.
    package var innermostLogContext: LogContext {
        let bound = LogContext.current
        guard let carried = self[LogContextKey.self] else { return bound }
        return isBoundLater(bound, than: carried) ? bound : carried.context
    }

    /// Whether the program has bound identifiers since this context got its own.
    var isOlderThanBinding: Bool {
        self[LogContextKey.self].map { isBoundLater(.current, than: $0) } ?? false
    }

    private func isBoundLater(_ bound: LogContext, than carried: CarriedLogContext) -> Bool {
        // Outside of every binding, there is no newer one.
        LogContext.isBound && bound.storage !== carried.bound
    }
}
#endif
