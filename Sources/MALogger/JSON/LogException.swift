internal import ContextLog

/// The type, the text and the stack trace of an error, as a line has them.
///
/// Specification: [OpenTelemetry, Exceptions in
/// logs](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/).
struct LogException {
    private let type: Unmanaged<ErrorType>
    private let text: ErrorType.Text
    private let stackTrace: String?

    init(_ error: any Error) {
        type = ErrorType.of(error)
        text = type._withUnsafeGuaranteedRef { $0.text(of: error) }
        let providesStackTrace = type._withUnsafeGuaranteedRef { $0.providesStackTrace }
        stackTrace = providesStackTrace ? (error as? any StackTraceProviding)?.stackTrace : nil
    }

    func append(to bytes: inout ByteWriter) {
        type._withUnsafeGuaranteedRef { type in
            type.members.withUnsafeBufferPointer { bytes.append($0) }
        }
        switch text {
        case .constant(let text): bytes.append(text)
        case .made(let text): bytes.append(escaping: text)
        }
        bytes.append("\"")
        if let stackTrace {
            bytes.append(key: .exceptionStackTrace)
            bytes.append(quoting: stackTrace)
        }
    }
}
