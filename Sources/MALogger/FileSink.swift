import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file to which each line is appended, opened anew when it was moved or removed.
///
/// `O_APPEND` makes each write whole without a lock, also among processes. The path is looked at with the first line of
/// each second. The descriptor's number never changes once there is one: a new file is put in its place (`dup2`), so that
/// a thread which is about to write never holds a number that was given away.
final class FileSink: Sendable {
    let path: String
    private let descriptor = Atomic<Int32>(-1)
    private let lookedAt = Atomic<Int>(.min)
    private let opening = Mutex(())
    private let health = SinkHealth()

    init(path: String) {
        self.path = path
    }

    /// How many lines could not be written since the process began.
    var lostLines: Int { health.lostLines }

    /// - Parameter second: Of the line's time.
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        var error: Int32 = 0
        let before = lookedAt.load(ordering: .relaxed)
        if _slowPath(before != second),
            lookedAt.compareExchange(expected: before, desired: second, ordering: .relaxed).exchanged
        {
            error = reopenIfMoved()
        }
        let descriptor = descriptor.load(ordering: .acquiring)
        if descriptor >= 0 {
            // While the path cannot be opened anew, the moved file still takes the lines.
            error = writeLine(descriptor, bytes, count)
        } else if error == 0 {
            error = ENOENT
        }
        return health.record(error)
    }

    /// Opens the file before there is a line for it.
    func open() -> SinkOutcome {
        health.begin(reopenIfMoved())
    }

    private func reopenIfMoved() -> Int32 {
        opening.withLock { _ in
            let current = descriptor.load(ordering: .relaxed)
            if current >= 0 {
                var opened = stat()
                var named = stat()
                if fstat(current, &opened) == 0, stat(path, &named) == 0, opened.st_dev == named.st_dev,
                    opened.st_ino == named.st_ino
                {
                    return 0
                }
            }
            let new = openForAppending()
            if new < 0 { return errno }
            if current < 0 {
                descriptor.store(new, ordering: .releasing)
            } else {
                dup2(new, current)
                _ = fcntl(current, F_SETFD, FD_CLOEXEC)
                close(new)
            }
            return 0
        }
    }

    private func openForAppending() -> Int32 {
        #if canImport(Glibc)
        Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        #elseif canImport(Musl)
        Musl.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        #else
        Darwin.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        #endif
    }

    deinit {
        let descriptor = descriptor.load(ordering: .relaxed)
        if descriptor >= 0 { close(descriptor) }
    }
}
