#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Facts about file descriptors from the system.
enum FileDescriptor {
    /// Whether lines of several threads need a lock.
    ///
    /// A pipe, a socket and a terminal accept a limited number of bytes at once. A file accepts only a part of a line
    /// when its disk is full. A device such as `/dev/null` accepts each line as a whole.
    static func needsLock(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return true }
        return status.st_mode & S_IFMT != S_IFCHR || isatty(descriptor) == 1
    }

    /// Whether both descriptors are open on the same file, pipe or device.
    static func isSameFile(_ one: Int32, _ other: Int32) -> Bool {
        var first = stat()
        var second = stat()
        guard one >= 0, fstat(one, &first) == 0, fstat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Opens a file to append to it. A new file gets mode 0640, without the bits of the umask.
    ///
    /// The descriptor is greater than 2. Otherwise the file could get the number of a closed standard stream, and other
    /// code would write into it. The call does not block if the path is a named pipe: without a reader, the result is
    /// `ENXIO`.
    ///
    /// - Parameter path: With a zero byte at its end.
    /// - Returns: The descriptor, or minus the system's error number.
    static func openForAppending(_ path: [CChar]) -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = open(path, flags, 0o640)
        guard opened >= 0 else { return -errno }
        let moved = opened > 2 ? opened : fcntl(opened, F_DUPFD_CLOEXEC, 3)
        let error = errno
        if moved != opened { close(opened) }
        guard moved >= 0 else { return -error }
        _ = fcntl(moved, F_SETFL, O_APPEND)
        return moved
    }

    /// Reserves the numbers of closed standard streams. Otherwise a file or connection that is opened later could get
    /// such a number, and then the lines. A write to a closed stream still fails.
    ///
    /// - Returns: Whether standard output was closed.
    static func reserveStandardStreams() -> Bool {
        reserve(2)
        return reserve(1)
    }

    @discardableResult
    private static func reserve(_ descriptor: Int32) -> Bool {
        guard fcntl(descriptor, F_GETFD) == -1, errno == EBADF else { return false }
        let unwritable = open("/dev/null", O_RDONLY)
        if unwritable >= 0, unwritable != descriptor {
            dup2(unwritable, descriptor)
            close(unwritable)
        }
        return true
    }

    /// The system's text for an error number.
    static func text(ofError number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(number)" }
    }
}
