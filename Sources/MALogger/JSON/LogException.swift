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
        type = Self.name(of: Swift.type(of: error))
        message = String(describing: error)
        stackTrace = (error as? any StackTraceProviding)?.stackTrace
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

    /// The qualified name, without the addresses in the names of private and local types. They differ from run to run,
    /// and people group lines by this name.
    private static func name(of type: any Error.Type) -> String {
        let marker = "(unknown context at $"
        var rest = Substring(String(reflecting: type))
        var name = ""
        while let next = rest.first {
            if next == "(", rest.hasPrefix(marker), let end = rest.firstIndex(of: ")") {
                rest = rest[end...].dropFirst(2)
            } else {
                name.append(next)
                rest.removeFirst()
            }
        }
        return name
    }
}
