internal import ContextPropagation

/// An error as it stands on a line, with OpenTelemetry's names.
///
/// Semantic conventions: [Exceptions in logs](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/).
struct LogException {
    let type: String
    let message: String
    let stackTrace: String?

    init(_ error: any Error) {
        type = String(reflecting: Swift.type(of: error))
        message = String(describing: error)
        stackTrace = (error as? any StackTraceProviding)?.stackTrace
    }

    func append(to bytes: inout ByteWriter) {
        bytes.append(",\"exception.type\":")
        bytes.append(quoting: type)
        bytes.append(",\"exception.message\":")
        bytes.append(quoting: message)
        if let stackTrace {
            bytes.append(",\"exception.stacktrace\":")
            bytes.append(quoting: stackTrace)
        }
    }
}
