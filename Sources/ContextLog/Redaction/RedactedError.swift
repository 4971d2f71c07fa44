/// The texts of an error, without those that `LOG_REDACT` covers. They must be made before a line begins, because they
/// run the application's code.
package struct RedactedError {
    package let type: String
    package let message: String
    package let stackTrace: String?

    /// - Parameter redactor: Nil if nothing is redacted.
    package init(_ error: any Error, _ redactor: FieldRedactor?) {
        type = Self.visible(.exceptionType, redactor) { errorTypeName(Swift.type(of: error)) }
        message = Self.message(of: error, redactor)
        stackTrace = (error as? any StackTraceProviding)?.stackTrace.map { stackTrace in
            Self.visible(.exceptionStackTrace, redactor) { stackTrace }
        }
    }

    /// Only the message.
    static func message(of error: any Error, _ redactor: FieldRedactor?) -> String {
        visible(.exceptionMessage, redactor) { String(describing: error) }
    }

    private static func visible(_ key: LineKey, _ redactor: FieldRedactor?, _ text: () -> String) -> String {
        redactor?.redacts(path: key.rawValue) == true ? FieldRedactor.replacement : text()
    }
}
