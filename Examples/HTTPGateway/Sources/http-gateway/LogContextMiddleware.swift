import Hummingbird
import TracingPropagation

/// Binds the identifiers of a request, so that each line of its handler has them. Put it after `TracingMiddleware`, and
/// before each middleware that logs.
struct LogContextMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        try await withLogContext(following: .current) { try await next(request, context) }
    }
}
