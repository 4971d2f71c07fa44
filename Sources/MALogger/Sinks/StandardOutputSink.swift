internal import ContextPropagation
import Synchronization

/// Standard output. Each line is one write, under a lock unless the descriptor is a device such as `/dev/null`.
final class StandardOutputSink: Sendable {
    let descriptor: Int32
    let health = SinkHealth()
    let stream = ForkSafeMutex(LineStream(), isHeldOverFork: false)
    private let needsLock: Atomic<Bool>
    /// The second in which the descriptor was last checked. The application may have replaced its file since then.
    private let lookedAt = Atomic<Int>(.min)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        needsLock = Atomic(FileDescriptor.needsLock(descriptor))
    }

    /// Whether a lock is held for each line.
    var locksLines: Bool { needsLock.load(ordering: .relaxed) }

    var isFailing: Bool { health.isFailing }

    /// The number of lines that could not be written since the process began.
    var lostLines: Int { health.lostLines }

    /// The descriptor, if a line needs no lock and the sink works. The caller then makes the system call, and passes
    /// its result to ``finish(_:_:_:)`` if the descriptor has not taken the whole line.
    ///
    /// - Parameter second: The second of the line's time.
    @inline(__always)
    func descriptor(forLineOf second: Int) -> Int32? {
        if _slowPath(lookedAt.load(ordering: .relaxed) != second) { look(second) }
        return _fastPath(!locksLines && !health.isFailing) ? descriptor : nil
    }

    /// - Parameter second: The second of the line's time.
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        if _slowPath(lookedAt.load(ordering: .relaxed) != second) { look(second) }
        if locksLines { return writeLocked(bytes, count) }
        let written = LineStream.write(to: descriptor, bytes, count)
        return _fastPath(written == count && !health.isFailing) ? .same : finish(bytes, count, written)
    }

    @inline(never)
    private func look(_ second: Int) {
        lookedAt.store(second, ordering: .relaxed)
        needsLock.store(FileDescriptor.needsLock(descriptor), ordering: .relaxed)
    }

    private func writeLocked(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        let error = stream.withLock { stream in
            stream.append(bytes, count) { LineStream.write(to: descriptor, $0, $1) }
        }
        return _fastPath(error == 0 && !health.isFailing) ? .same : health.note(error)
    }

    /// Writes the rest of a line.
    ///
    /// - Parameter first: The result of the first write of the line, as `cshims_write` returns it.
    @inline(never)
    func finish(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ first: Int) -> SinkOutcome {
        var first = first == -1 - Int(FileDescriptor.wouldBlock) ? nil : first
        let error = stream.withLock { stream in
            stream.append(bytes, count) { bytes, count in
                first.take() ?? LineStream.write(to: descriptor, bytes, count)
            }
        }
        return health.note(error)
    }
}
