internal import ContextLog

/// The backend of `LOG_BUFFER`. It formats each line on the caller's thread, and copies it into a buffer.
final class BufferedBackend: LogBackend {
    private let buffering: LineBuffering

    init(_ buffering: LineBuffering) {
        self.buffering = buffering
    }

    func log(_ event: borrowing Log.Event) {
        let second = event.seconds
        let line = buffering.backend.format(event)
        guard let bytes = line.baseAddress else { return }
        let outcomes = buffering.append(bytes, line.count, event.level, second)
        buffering.backend.restore(event)
        if let outcomes { buffering.backend.report(outcomes) }
    }
}
