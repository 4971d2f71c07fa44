internal import CMALoggerShims

/// The sinks of ``setupLogging()``. A forked child has a copy of them.
final class ProcessSinks: Sendable {
    private let output: StandardOutputSink

    init(_ output: StandardOutputSink) {
        self.output = output
    }

    /// Tells the sinks of each forked child that it is one. Call it once, after the locks of the sinks are made and the
    /// capture has begun: their own handlers for a fork then run before. The sinks then live as long as the process.
    func serveProcess() {
        // Swift makes a generic type when it is first used, under a lock that a child could wait for. This call changes
        // nothing.
        forked()
        malogc_set_sink_fork_handler(Unmanaged.passRetained(self).toOpaque()) { value in
            guard let value else { return }
            Unmanaged<ProcessSinks>.fromOpaque(value)._withUnsafeGuaranteedRef { $0.forked() }
        }
    }

    private func forked() {
        output.forked()
    }
}
