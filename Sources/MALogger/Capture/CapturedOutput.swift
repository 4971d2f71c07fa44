internal import CMALoggerShims

/// The process's own standard streams while `LOG_CAPTURE` turns their text into log lines.
///
/// When to use it: only where text must not become a log line. See <doc:Capture>.
public enum CapturedOutput {
    /// A descriptor of the file that was standard output before the capture; 1 if standard output is not captured, and
    /// in a forked child.
    ///
    /// Give it to a program that writes lines of its own, for example one that also uses ma-logger:
    ///
    ///     process.standardOutput = FileHandle(fileDescriptor: CapturedOutput.standardOutput)
    ///
    /// Do not close it: ma-logger writes its lines there.
    public static var standardOutput: Int32 { malogc_original_stream(1) }

    /// A descriptor of the file that was standard error before the capture; 2 if standard error is not captured, and in
    /// a forked child. Do not close it.
    public static var standardError: Int32 { malogc_original_stream(2) }

    /// Logs every text that was written so far, and gives the process its own streams back.
    ///
    /// When to use it: before a function of the `exec` family, because the new program would write into a pipe that
    /// nobody reads. At `exit` and at the end of `main` it happens by itself. Without `LOG_CAPTURE`, the
    /// function does nothing. Text that started programs write later is copied to the stream's own file. A second call,
    /// `exit` and the end of `main` wait until the text so far is copied.
    ///
    ///     CapturedOutput.end()
    ///     flushLogging()
    ///     execv(path, arguments)
    public static func end() {
        installedCapture.object?.end()
    }
}
