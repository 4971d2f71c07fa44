/// Writes a context into a list of headers and reads a context from it.
///
/// Conform a type of your own for headers that no ``HeaderFormat`` covers, such as those of your organization. Pass it
/// to ``HeaderCodecs/init(_:duplicates:sendsExecution:custom:)``, which calls it after its own formats.
///
///     struct TenantTrace: HeaderCodec {
///         func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
///             var run: String?
///             carrier.forEachHeader { name, value in … run = … }
///             return HeaderExtraction(executionID: run)
///         }
///         func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) { … }
///     }
///
/// - Important: Anybody can send the headers that `extract` reads. It must not trap, and it must bound its allocations.
///   `inject` must first remove the headers that it replaces.
public protocol HeaderCodec: Sendable {
    /// Reads the headers. A part that cannot be read is absent.
    func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction

    /// Writes `context` into the headers, *replacing* the headers that the codec wrote before.
    func inject(_ context: LogContext, into carrier: inout some HeaderCarrier)
}
