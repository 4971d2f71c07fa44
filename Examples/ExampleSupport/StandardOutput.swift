import Foundation

/// Standard output of the process, as the user started it.
public enum StandardOutput {
    /// A failed system call that should have sent standard output elsewhere.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Whether stdout is a terminal.
    public static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether stdout is a file. A terminal shows what is written to stderr apart from a file's lines, but among the
    /// lines of a terminal or a pipe.
    public static var isFile: Bool {
        var status = stat()
        return fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The width of the terminal in columns, or nil if it is unknown.
    public static var columns: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Whether a text on stdout may have colours: it goes to a terminal that knows them, and `NO_COLOR` is not set.
    public static var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes the text unchanged.
    public static func write(_ text: String) {
        var text = text
        text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }
    }
}
