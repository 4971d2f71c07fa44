import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Standard output: each line is one write. On a pipe, a socket or a terminal lines are written under a lock, since a pipe
/// tears what is longer than 4,096 bytes; a file or a device takes each write whole.
final class StandardOutputSink: Sendable {
    private let descriptor: Int32
    private let needsLock: Bool
    private let lock = Mutex(())
    private let health = SinkHealth()

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        let kind = status.st_mode & S_IFMT
        needsLock = !isKnown || kind == S_IFIFO || kind == S_IFSOCK || isatty(descriptor) == 1
    }

    /// How many lines could not be written since the process began.
    var lostLines: Int { health.lostLines }

    @inline(__always)
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        let error = needsLock ? writeLocked(bytes, count) : writeLine(descriptor, bytes, count)
        return health.record(error)
    }

    private func writeLocked(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        lock.withLock { _ in writeLine(descriptor, bytes, count) }
    }
}
