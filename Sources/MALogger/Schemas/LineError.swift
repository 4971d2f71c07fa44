internal import ContextLog

/// The texts of an error, without those that `LOG_REDACT` covers. They must be made before a line begins, because they
/// run the application's code.
struct LineError {
    let type: String
    let message: String
    let stackTrace: String?

    init(_ error: any Error, _ redactor: FieldRedactor?) {
        func visible(_ key: LineKey, _ text: @autoclosure () -> String) -> String {
            redactor?.redacts(path: key.rawValue) == true ? FieldRedactor.replacement : text()
        }
        type = visible(.exceptionType, errorTypeName(Swift.type(of: error)))
        message = visible(.exceptionMessage, String(describing: error))
        stackTrace = (error as? any StackTraceProviding)?.stackTrace.map { visible(.exceptionStackTrace, $0) }
    }
}
