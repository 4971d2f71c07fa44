/// Standard output: each line is one write, under a lock where the system would tear it.
final class StandardOutputSink: Sendable {
    private let descriptor: Int32
    private let needsLock: Bool
    private let writer = LineWriter()

    init(descriptor: Int32) {
        self.descriptor = descriptor
        needsLock = FileDescriptor.tearsLines(descriptor)
    }

    var isFailing: Bool { writer.health.isFailing }

    /// How many lines could not be written since the process began.
    var lostLines: Int { writer.health.lostLines }

    @inline(__always)
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        writer.write(descriptor, needsLock: needsLock, bytes, count)
    }
}
