internal import CMALoggerShims
internal import ContextLog

/// The backend of `LOG_BUFFER`. It formats each line on the caller's thread, and copies it into a buffer.
///
/// It is a direct backend only because a line of one need not be restored.
final class BufferedBackend: DirectLogBackend {
    private let buffering: LineBuffering
    // The same objects, for calls that count no reference. `buffering` keeps both.
    private let uncountedBuffering: Unmanaged<LineBuffering>
    private let uncountedBackend: Unmanaged<LineBackend>

    init(_ buffering: LineBuffering) {
        self.buffering = buffering
        uncountedBuffering = .passUnretained(buffering)
        uncountedBackend = .passUnretained(buffering.backend)
    }

    func log(_ event: borrowing Log.Event) {
        let outcomes = append(event)
        buffering.backend.restore(event)
        if let outcomes { buffering.backend.report(outcomes) }
    }

    func render(_ event: borrowing Log.Event) -> UnwrittenLine {
        if let outcomes = append(event) {
            buffering.backend.restore(event)
            buffering.backend.report(outcomes)
        }
        return .none
    }

    /// Is never called, because ``render(_:)`` leaves no line unwritten.
    func finish(_ line: UnwrittenLine, _ written: Int) {}

    @inline(__always)
    private func append(_ event: borrowing Log.Event) -> SinkOutcomes? {
        let second = Int(event.record.pointee.time.seconds)
        let line = uncountedBackend._withUnsafeGuaranteedRef { $0.format(event) }
        guard let bytes = line.baseAddress else { return nil }
        return uncountedBuffering._withUnsafeGuaranteedRef { $0.append(bytes, line.count, event.level, second) }
    }
}
