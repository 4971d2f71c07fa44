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
    private let absolutePath: String
    private let descriptor = Atomic<Int32>(-1)
    /// Why the path could not be opened when it was looked at last, 0 where it could.
    private let openError = Atomic<Int32>(0)
    private let needsLock = Atomic<Bool>(false)
    private let lookedAt = Atomic<Int>(.min)
    private let opening = Mutex(())
    private let writer = LineWriter()

    /// Opens the file at once, so that a path which cannot be used is known before the first line; see ``failure``.
    init(path: String) {
        self.path = path
        absolutePath = Self.absolute(path)
        look()
        if let failure { _ = writer.health.failed(failure, lines: 0) }
    }

    /// Why the path cannot be opened now, as the system's number.
    var failure: Int32? {
        let error = openError.load(ordering: .relaxed)
        return error == 0 ? nil : error
    }

    var isFailing: Bool { writer.health.isFailing }

    /// How many lines did not get into the file since the process began.
    var lostLines: Int { writer.health.lostLines }

    /// - Parameter second: Of the line's time.
    func write(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ second: Int) -> SinkOutcome {
        let before = lookedAt.load(ordering: .relaxed)
        if _slowPath(before != second),
            lookedAt.compareExchange(expected: before, desired: second, ordering: .relaxed).exchanged
        {
            look()
        }
        if let failure { return writer.health.failed(failure) }
        return writer.write(
            descriptor.load(ordering: .acquiring),
            needsLock: needsLock.load(ordering: .relaxed),
            bytes,
            count
        )
    }

    private func look() {
        openError.store(opening.withLock { _ in reopenIfMoved() }, ordering: .relaxed)
    }

    private func reopenIfMoved() -> Int32 {
        let current = descriptor.load(ordering: .relaxed)
        var opened = stat()
        var named = stat()
        if current >= 0, fstat(current, &opened) == 0, stat(absolutePath, &named) == 0,
            opened.st_dev == named.st_dev, opened.st_ino == named.st_ino
        {
            return 0
        }
        let new = FileDescriptor.openForAppending(absolutePath)
        // A file that was moved still takes the lines; one that was removed would lose them.
        guard new >= 0 else { return opened.st_nlink > 0 ? 0 : -new }
        needsLock.store(FileDescriptor.tearsLines(new), ordering: .relaxed)
        if current < 0 {
            descriptor.store(new, ordering: .releasing)
            return 0
        }
        let error = dup2(new, current) < 0 ? errno : 0
        _ = fcntl(current, F_SETFD, FD_CLOEXEC)
        close(new)
        return error
    }

    /// A relative path goes on to mean the same file when the program changes its directory.
    private static func absolute(_ path: String) -> String {
        guard path.utf8.first != UInt8(ascii: "/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    deinit {
        let descriptor = descriptor.load(ordering: .relaxed)
        if descriptor >= 0 { close(descriptor) }
    }
}
