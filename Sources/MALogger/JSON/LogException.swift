internal import ContextLog

/// The type, the text and the stack trace of an error, as a line has them.
///
/// Specification: [OpenTelemetry, Exceptions in
/// logs](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/).
struct LogException {
    let type: String
    let message: String
    let stackTrace: String?

    init(_ error: any Error) {
        let type = ErrorType.of(error)
        self.type = type.name
        message = String(describing: error)
        stackTrace = type.providesStackTrace ? (error as? any StackTraceProviding)?.stackTrace : nil
    }

    func append(to bytes: inout ByteWriter) {
        bytes.append(key: .exceptionType)
        bytes.append(quoting: type)
        bytes.append(key: .exceptionMessage)
        bytes.append(quoting: message)
        if let stackTrace {
            bytes.append(key: .exceptionStackTrace)
            bytes.append(quoting: stackTrace)
        }
    }
}
