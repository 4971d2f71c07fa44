import Foundation

/// The place for what is said to a person: stdout holds log lines only.
public enum StandardError {
    /// Whether somebody watches.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes the text as it is.
    public static func write(_ text: String) {
        var text = text
        text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}
