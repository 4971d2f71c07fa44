internal import CShims

/// Writes lines as text to stderr until a backend is installed, so that no line is lost silently.
final class StandardErrorBackend: LogBackend {
    static let shared = StandardErrorBackend()

    func log(_ event: borrowing Log.Event) {
        let redactor = FieldRedactor.environment
        var line = ByteWriter(capacity: 256)
        line.append(utf8: event.level.description)
        line.append(" ")
        line.append(escaping: event.label)
        line.append(": ")
        line.append(escaping: event.messageUTF8)
        event.forEachField(redactedBy: redactor) { name, value in
            line.append(" ")
            line.append(escaping: name)
            line.append("=")
            value.append(textTo: &line)
        }
        if let error = event.error {
            line.append(" error=")
            let isSecret = redactor?.redacts(path: LineKey.exceptionMessage.rawValue) == true
            line.append(escaping: isSecret ? FieldRedactor.replacement : String(describing: error))
        }
        line.append("\n")
        _ = cshims_write(2, line.base, line.count)
    }
}
