/// Writes a context into a list of headers and reads one out of it.
///
/// When to use it: for headers of your own house, beside the formats of ``HeaderFormat``. Give it to
/// ``HeaderCodecs/init(_:duplicates:sendsExecution:custom:)``, which asks it after its own formats.
///
///     struct TenantTrace: HeaderCodec {
///         func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
///             var found = HeaderExtraction()
///             carrier.forEachHeader { name, value in … found.setExecutionID(…) }
///             return found
///         }
///         func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) { … }
///     }
///
/// - Important: `extract` meets whatever a stranger sends: it must not trap, and must bound what it allocates. `inject`
///   must take out its old headers first.
public protocol HeaderCodec: Sendable {
    /// Reads what the headers say. What cannot be read is absent.
    func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction

    /// Writes `context` into the headers, *replacing* what the codec itself wrote before.
    func inject(_ context: LogContext, into carrier: inout some HeaderCarrier)
}
