internal import CShims
internal import ContextLog
import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Writes whole lines to a descriptor that others write to as well, and keeps account of those that could not be written.
struct LineWriter: ~Copyable {
    let health = SinkHealth()
    private let lock = Mutex(())
    /// Whether the last line that failed did so in its middle, as on a full disk.
    private let endsTorn = Atomic<Bool>(false)

    init() {}

    /// - Parameter needsLock: Whether the system may tear a line; see ``FileDescriptor/tearsLines(_:)``.
    @inline(__always)
    func write(_ descriptor: Int32, needsLock: Bool, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        if _slowPath(health.isFailing) { return retry(descriptor, bytes, count) }
        let result = needsLock ? writeLocked(descriptor, bytes, count) : writeLine(descriptor, bytes, count)
        return _fastPath(result == .written) ? .same : note(result)
    }

    private func writeLocked(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> LineResult {
        lock.withLock { _ in writeLine(descriptor, bytes, count) }
    }

    /// The first line after one that was torn begins on a line of its own.
    @inline(never)
    private func retry(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> SinkOutcome {
        let result = lock.withLock { _ in
            guard endsTorn.load(ordering: .relaxed) else { return writeLine(descriptor, bytes, count) }
            var line = ByteWriter(capacity: count + 1)
            line.append("\n")
            line.append(bytes, count)
            return writeLine(descriptor, line.base, line.count)
        }
        return note(result)
    }

    @inline(never)
    private func note(_ result: LineResult) -> SinkOutcome {
        switch result {
        case .written:
            endsTorn.store(false, ordering: .relaxed)
            return health.recovered()
        case .failed(let error):
            return health.failed(error)
        case .torn(let error):
            endsTorn.store(true, ordering: .relaxed)
            return health.failed(error)
        }
    }
}

/// How the write of one line ended.
private enum LineResult: Equatable {
    case written
    /// With the system's number for why, before the first byte.
    case failed(Int32)
    /// Behind the first byte and before the last.
    case torn(Int32)
}

/// Writes the whole of a line.
@inline(__always)
private func writeLine(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> LineResult {
    let written = cshims_write(descriptor, bytes, count)
    if _fastPath(written == count) { return .written }
    return writeRest(descriptor, bytes, count, written)
}

@inline(never)
private func writeRest(
    _ descriptor: Int32,
    _ bytes: UnsafePointer<UInt8>,
    _ count: Int,
    _ first: Int
) -> LineResult {
    var offset = 0
    var result = first
    while true {
        if result >= 0 {
            offset += result
            if offset >= count { return .written }
        } else {
            switch Int32(truncatingIfNeeded: -1 - result) {
            case EINTR:
                break
            case EAGAIN:
                // Somebody who shares the descriptor made it non-blocking: wait as a blocking one would.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, -1)
            case let error:
                return offset > 0 ? .torn(error) : .failed(error)
            }
        }
        result = cshims_write(descriptor, bytes + offset, count - offset)
    }
}
