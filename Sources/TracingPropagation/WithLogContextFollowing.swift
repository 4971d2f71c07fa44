#if DistributedTracing
internal import ContextPropagation
public import Tracing

/// Runs `body` with the identifiers of a `ServiceContext` bound: lines carry the tracer's trace and span.
///
/// When to use it: where another library has bound a `ServiceContext`, as in a server's middleware or inside of
/// `withSpan`. To start a span, use `withLoggedSpan`.
///
///     try await withSpan("resize") { _ in
///         try await withLogContext(following: .current) { log.info("resized") }     // the span's ID
///     }
///
/// It *replaces* both `LogContext.current`, by `LogContext.following(_:)`, and
/// `ServiceContext.current`. Nil keeps the current `LogContext`.
///
/// - Parameters:
///   - serviceContext: The context of a library or a span.
///   - body: Runs on the caller's thread.
@discardableResult
public func withLogContext<Result>(
    following serviceContext: ServiceContext?,
    _ body: () throws -> Result
) rethrows -> Result {
    try LogContext.$current.withValue(.following(serviceContext)) {
        try ServiceContext.$current.withValue(serviceContext?.carryingCurrent) { try body() }
    }
}

/// Runs an asynchronous `body` with the identifiers of a `ServiceContext` bound: lines carry the tracer's trace and
/// span.
///
/// `body` runs on the caller's actor. The child tasks that it starts inherit both contexts.
@discardableResult
public func withLogContext<Result>(
    following serviceContext: ServiceContext?,
    _ body: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
    try await LogContext.$current.withValue(.following(serviceContext)) {
        try await ServiceContext.$current.withValue(serviceContext?.carryingCurrent) { try await body() }
    }
}

extension ServiceContext {
    /// Makes every snapshot carry the current `ServiceContext`. Code reads this constant once to register it.
    package static let isCarried = ContextSnapshot.register("service-context", $current)

    /// This context with the current identifiers, so that neither counts as bound later than the other. A bridge inside
    /// carries it.
    package var carryingCurrent: ServiceContext {
        _ = Self.isCarried
        var result = self
        result.logContext = .current
        return result
    }
}
#endif
