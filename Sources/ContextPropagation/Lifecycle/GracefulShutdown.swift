#if ServiceLifecycle
internal import ServiceLifecycle
#endif

/// Runs `body`, and calls `shutDown` when the `ServiceGroup` that runs it asks this service for a graceful shutdown.
/// Without the trait `ServiceLifecycle`, it only runs `body`.
@inline(__always)
package func withServiceShutdown<Result, Failure: Error>(
    _ shutDown: @escaping @Sendable () -> Void,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
) async throws(Failure) -> Result {
    #if ServiceLifecycle
    let result: Swift.Result<Result, Failure> = await withGracefulShutdownHandler {
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    } onGracefulShutdown: {
        shutDown()
    }
    return try result.get()
    #else
    return try await body()
    #endif
}
