internal import CMALoggerShims
internal import ContextPropagation

/// The buffer that ``setupLogging()`` made, if `LOG_BUFFER` is set.
let installedBuffering = InstalledObject<LineBuffering>()

extension LineBuffering {
    /// Makes the end of the process write the lines of this buffer, and makes a forked child write its lines directly.
    /// The buffer then lives as long as the process. Only one buffer can be the process's.
    func serveProcess() {
        installedBuffering.install(self)
        // The C functions keep these two pointers. The buffer is never released, so both stay valid.
        malogc_set_buffer_fork_handler(Unmanaged.passRetained(self).toOpaque()) { value in
            guard let value else { return }
            Unmanaged<LineBuffering>.fromOpaque(value)._withUnsafeGuaranteedRef { $0.abandon() }
        }
        malogc_write_at_fatal_signal(pending)
        Platform.atExit {
            installedBuffering.object?.stop()
        }
    }
}

/// Waits until every line that was logged before is written.
///
/// When to use it: before `_exit`, `quick_exit`, or a function of the `exec` family, if `LOG_BUFFER` or `LOG_CAPTURE`
/// is set. They end the program without writing the lines of the buffer. A return from `main`, `exit`, a trap and a
/// fatal signal write them. Before `exec`, call ``CapturedOutput/end()`` too.
///
///     flushLogging()
///     execv(path, arguments)
///
/// The function blocks its thread while standard output or the file of `LOG_FILE_PATH` takes no bytes. Without
/// `LOG_BUFFER`, each line is written before its call returns.
///
/// With `LOG_CAPTURE`, it first waits until the text that was written to a captured stream is logged.
public func flushLogging() {
    installedCapture.object?.flush()
    installedBuffering.object?.flush()
}
