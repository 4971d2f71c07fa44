import Foundation

/// Standard error, for messages to the user. Standard output has only log lines.
public enum StandardError {
    /// Whether stderr is a terminal.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether stderr is a terminal that log lines leave free, because stdout is a file.
    public static var isFreeTerminal: Bool { isTerminal && StandardOutput.isFile }

    /// Writes the text unchanged.
    public static func write(_ text: String) {
        var text = text
        text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}
