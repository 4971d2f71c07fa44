/// Writes a context into a list of headers and reads a context from it.
///
/// Conform a type of your own for headers that no ``HeaderFormat`` covers, such as those of your organization. Pass it
/// to ``HeaderCodecs/init(_:duplicates:sendsExecution:custom:)``, which calls it after its own formats.
///
///     struct TenantRun: HeaderCodec {
///         private let name = "tenant-run"
///
///         func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
///             var run: String?
///             carrier.forEachHeader { name, value in
///                 guard isOurs(name), let value, value.count <= 256 else { return }
///                 run = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
///             }
///             return HeaderExtraction(executionID: run)
///         }
///
///         func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
///             carrier.removeHeaders(where: isOurs)
///             if let run = context.executionID { carrier.appendHeader(name: name, value: run.utf8.span) }
///         }
///
///         // The names of headers are the same in any case.
///         private func isOurs(_ other: Span<UInt8>) -> Bool {
///             other.count == name.utf8.count
///                 && other.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self).lowercased() == name }
///         }
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
