#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What the system knows of its file descriptors.
enum FileDescriptor {
    /// Whether lines of several threads can be torn there: on a pipe, a socket or a terminal, which take only so much at
    /// once. A file or a device takes each write whole.
    static func tearsLines(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return true }
        let kind = status.st_mode & S_IFMT
        return kind == S_IFIFO || kind == S_IFSOCK || isatty(descriptor) == 1
    }

    /// Opens a file to append to it, with a number above those of the standard streams: one of theirs, were it free, would
    /// get what others write there. Negative where it cannot be opened: minus the system's number for why.
    static func openForAppending(_ path: String) -> Int32 {
        // Not blocking while it is opened: a named pipe that nobody reads would stop the program.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = open(path, flags, 0o644)
        guard opened >= 0 else { return -errno }
        let moved = opened > 2 ? opened : fcntl(opened, F_DUPFD_CLOEXEC, 3)
        let error = errno
        if moved != opened { close(opened) }
        guard moved >= 0 else { return -error }
        _ = fcntl(moved, F_SETFL, O_APPEND)
        return moved
    }

    /// Keeps the number of a closed standard output from being given to a file or a connection that is opened later, which
    /// would then get the lines. What is written to it fails as before.
    static func reserveStandardOutput() {
        guard fcntl(1, F_GETFD) == -1, errno == EBADF else { return }
        let unwritable = open("/dev/null", O_RDONLY)
        guard unwritable >= 0, unwritable != 1 else { return }
        dup2(unwritable, 1)
        close(unwritable)
    }

    /// The system's words for an error number.
    static func text(ofError number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(number)" }
    }
}
