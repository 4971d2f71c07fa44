internal import CMALoggerShims

/// The sinks of ``setupLogging()``. A forked child has a copy of them.
final class ProcessSinks: Sendable {
    private let output: StandardOutputSink
    private let files: [FileSink]

    init(_ output: StandardOutputSink, files: [FileSink]) {
        self.output = output
        self.files = files
    }

    /// Tells the sinks of each forked child that it is one. Call it once, after the locks of the sinks are made and the
    /// capture has begun: their own handlers for a fork then run before. The sinks then live as long as the process.
    func serveProcess() {
        // Swift makes a generic type when it is first used, under a lock that a child could wait for.
        forked(isChild: false)
        malogc_set_sink_fork_handler(Unmanaged.passRetained(self).toOpaque()) { value in
            guard let value else { return }
            Unmanaged<ProcessSinks>.fromOpaque(value)._withUnsafeGuaranteedRef { $0.forked(isChild: true) }
        }
    }

    private func forked(isChild: Bool) {
        output.forked(isChild: isChild)
        for file in files { file.forked(isChild: isChild) }
    }
}
