internal import CMALoggerShims
internal import ContextPropagation
import Synchronization

/// Standard output. Each line is one write.
///
/// A device such as `/dev/null` needs no lock, except for a huge line. A line that a pipe accepts as a whole passes a
/// gate instead of the lock. Every other line is written under the lock.
final class StandardOutputSink: Sendable {
    private let number: Atomic<Int32>
    let health = SinkHealth()
    private let stream = ForkSafeMutex(LineStream(), isHeldOverFork: false)
    private let gate = PipeGate()
    private let kind: Atomic<FileDescriptor.Kind>
    /// The second in which the descriptor was last checked. The application may have replaced its file since then.
    private let lookedAt = Atomic<Int>(.min)

    init(descriptor: Int32) {
        number = Atomic(descriptor)
        kind = Atomic(FileDescriptor.kind(descriptor))
        // A new gate is closed.
        withStream { _ in }
    }

    var descriptor: Int32 {
        @inline(__always) get { number.load(ordering: .relaxed) }
    }

    /// Forgets the lines that the parent of this process has lost. A child's standard output is not captured. It may
    /// close the descriptor of the stream that its parent captured, and other files may then get that number.
    ///
    /// - Parameter isChild: Whether this process is a forked child. If not, the call changes nothing.
    func forked(isChild: Bool) {
        number.store(isChild ? FileDescriptor.standardOutput : descriptor, ordering: .relaxed)
        health.forked(isChild: isChild)
    }

    /// The name in sentences about this sink.
    var name: String { "Standard output" }

    var isFailing: Bool { health.isFailing }

    /// The number of lines that could not be written since the process began.
    var lostLines: Int { health.lostLines }

    /// Whether some lines need no lock, and the sink works. The caller then calls ``enter(_:)`` when its line is
    /// complete.
    ///
    /// - Parameter second: The second of the line's time.
    @inline(__always)
    func takesLines(of second: Int) -> Bool {
        if _slowPath(lookedAt.load(ordering: .relaxed) != second) { look(second) }
        return kind.load(ordering: .relaxed) != .other && !health.isFailing
    }

    /// Returns how the caller must write a line:
    ///
    /// - `device`: by one system call, whose result it passes to ``end(_:_:_:)``.
    /// - `pipe`: in the same way. It must call ``leave()`` immediately after the system call.
    /// - `other`: by ``writeAlone(_:_:)``.
    @inline(__always)
    func enter(_ count: Int) -> FileDescriptor.Kind {
        switch kind.load(ordering: .relaxed) {
        case .device: count <= Self.longestDeviceLine ? .device : .other
        case .pipe: count <= FileDescriptor.wholePipeWrite && gate.enter() ? .pipe : .other
        case .other: .other
        }
    }

    /// The size of a line that a caller writes to a device by its own system call. If it wrote a longer line, its
    /// thread would keep the memory of that line.
    private static var longestDeviceLine: Int { 1 << 16 }

    /// Notes that the system call of a line to a pipe has ended.
    @inline(__always)
    func leave() { gate.leave() }

    /// - Parameter second: The second of the line's time.
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        if _slowPath(lookedAt.load(ordering: .relaxed) != second) { look(second) }
        let kind = enter(count)
        if kind == .other { return writeAlone(bytes, count) }
        let written = malogc_write(descriptor, bytes, count)
        if kind == .pipe { leave() }
        return end(bytes, count, written)
    }

    /// Ends a line.
    ///
    /// - Parameter written: The result of its system call.
    @inline(__always)
    func end(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ written: Int) -> SinkOutcome {
        _fastPath(written == count && !health.isFailing) ? .same : finish(bytes, count, written)
    }

    @inline(never)
    private func look(_ second: Int) {
        lookedAt.store(second, ordering: .relaxed)
        kind.store(FileDescriptor.kind(descriptor), ordering: .relaxed)
    }

    /// Writes a line under the lock.
    @inline(never)
    func writeAlone(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        let error = withStream { stream in
            stream.append(bytes, count) { LineStream.write(to: descriptor, $0, $1) }
        }
        return _fastPath(error == 0 && !health.isFailing) ? .same : health.note(error)
    }

    /// Writes the rest of a line.
    ///
    /// - Parameter first: The result of the first write of the line, as `malogc_write` returns it.
    @inline(never)
    private func finish(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ first: Int) -> SinkOutcome {
        if first == count { return health.note(0) }
        var first = first == FileDescriptor.wouldBlock ? nil : first
        let error = withStream { stream in
            stream.append(bytes, count) { bytes, count in
                first.take() ?? LineStream.write(to: descriptor, bytes, count)
            }
        }
        return health.note(error)
    }

    /// Runs `body` while no other thread writes a line to a pipe, a socket, a terminal or a file.
    ///
    /// The gate stays closed while the stream ends with a torn line, because the next line must begin with a line feed.
    /// It also stays closed while the descriptor is no pipe.
    func withStream<Result>(_ body: (inout LineStream) -> Result) -> Result {
        stream.withLock { stream in
            gate.close()
            defer { if kind.load(ordering: .relaxed) == .pipe && !stream.end.isTorn { gate.open() } }
            return body(&stream)
        }
    }
}
