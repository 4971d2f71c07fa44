internal import CMALoggerShims
internal import ContextPropagation
import Synchronization

/// Writes lines as text to stderr until a backend is installed, so that no line is lost silently. Before the first line
/// it writes that set-up is missing.
final class StandardErrorBackend: LogBackend {
    static let shared = StandardErrorBackend()

    private static let notice =
        "NOTICE ma-logger: setupLogging() was not called, so log lines go to stderr as text; import MALogger, and call "
        + "setupLogging() at the beginning of main\n"

    private let hasNotified = Atomic<Bool>(false)
    /// Held while a line is written: the system may accept a line in parts, and no other line may come between them.
    private let writing = ForkSafeMutex<Void>((), isHeldOverFork: false)

    func log(_ event: borrowing Log.Event) {
        let isFirst = !hasNotified.exchange(true, ordering: .relaxed)
        let redactor = FieldRedactor.environment
        var line = ByteWriter(capacity: 256)
        if isFirst { line.append(utf8: Self.notice) }
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
            line.append(escaping: RedactedError.message(of: error, redactor))
        }
        for (key, text) in event.context.identifiers {
            line.append(" ")
            line.append(utf8: key.rawValue)
            line.append("=")
            line.append(escaping: text)
        }
        line.append("\n")
        writing.withLock { _ in _ = malogc_write_all(2, line.base, line.count) }
    }
}
