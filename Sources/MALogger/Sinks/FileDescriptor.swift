internal import CMALoggerShims
internal import ContextPropagation
import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The system's functions for files and their descriptors. Of the other files of this module, only those of
/// ``FileIdentity`` and ``FileStamp`` need the C library.
enum FileDescriptor {
    /// How a descriptor accepts lines of several threads.
    enum Kind: UInt8, AtomicRepresentable {
        /// A device such as `/dev/null`. It accepts each line as a whole.
        case device
        /// A pipe, with or without a name. It accepts short lines as a whole.
        case pipe
        /// A socket or a terminal, which accept a limited number of bytes at once, or a file, which accepts only a part
        /// of a line when its disk is full.
        case other
    }

    static func kind(_ descriptor: Int32) -> Kind {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFIFO: return .pipe
        case S_IFCHR where isatty(descriptor) == 0: return .device
        default: return .other
        }
    }

    /// The greatest number of bytes that a pipe accepts in one write without a byte of another write between them.
    static var wholePipeWrite: Int { Int(PIPE_BUF) }

    /// The number of bytes that one write of a batch should have at most.
    ///
    /// A pipe keeps such a write whole. A write to a socket or a terminal may last until the reader has taken nearly
    /// all of it, so a slow reader is seen to go on only if the writes are small.
    static func pieceSize(_ descriptor: Int32) -> Int {
        switch kind(descriptor) {
        case .pipe: wholePipeWrite
        case .device: .max
        case .other: isRegularFile(descriptor) ? 1 << 20 : 1 << 14
        }
    }

    private static func isRegularFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether both descriptors are open on the same file, pipe or device.
    static func isSameFile(_ one: Int32, _ other: Int32) -> Bool {
        guard let first = FileIdentity(descriptor: one), let second = FileIdentity(descriptor: other) else {
            return false
        }
        return first.isSameFile(as: second)
    }

    /// Opens a file to append to it. A new file gets mode 0640, without the bits of the umask.
    ///
    /// The descriptor is greater than 2. Otherwise the file could get the number of a closed standard stream, and other
    /// code would write into it. The call does not block if the path is a named pipe: without a reader, the result is
    /// `ENXIO`.
    ///
    /// If standard error goes to the same file, it appends from now on.
    ///
    /// - Parameter path: With a zero byte at its end.
    /// - Returns: The descriptor, or minus the system's error number.
    static func openForAppending(_ path: [CChar]) -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = open(path, flags, 0o640)
        guard opened >= 0 else { return -errno }
        let file = FileIdentity(descriptor: opened)
        // `/dev/stdout` may be a pipe whose text becomes lines. The lines would come back for ever.
        let source = file?.capturedOriginal ?? opened
        if let file { makeStandardErrorAppend(to: file) }
        let moved = source == opened && opened > 2 ? opened : fcntl(source, F_DUPFD_CLOEXEC, 3)
        let error = errno
        if moved != opened { close(opened) }
        guard moved >= 0 else { return -error }
        if source == opened { _ = fcntl(moved, F_SETFL, O_APPEND) }
        return moved
    }

    /// Makes standard error append if it goes to this file and writes at its own offset, as after `2> file`. Its next
    /// text would be written over lines that another descriptor appended.
    private static func makeStandardErrorAppend(to file: FileIdentity) {
        let stream = malogc_original_stream(2)
        guard isRegularFile(stream), FileIdentity(descriptor: stream)?.isSameFile(as: file) == true else { return }
        let flags = fcntl(stream, F_GETFL)
        if flags >= 0, flags & O_ACCMODE != O_RDONLY, flags & O_APPEND == 0 {
            _ = fcntl(stream, F_SETFL, flags | O_APPEND)
        }
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

    /// The descriptor of standard output, even while the text that other code writes there is captured.
    static var standardOutput: Int32 { malogc_original_stream(1) }

    /// The result of `malogc_write` or `malogc_read_available` if a signal handler interrupted it.
    static var interrupted: Int { -1 - Int(EINTR) }

    /// The result of `malogc_write` if the non-blocking descriptor takes no byte now.
    static var wouldBlock: Int { -1 - Int(EAGAIN) }

    /// The result of `malogc_write` or `malogc_read_available` if the descriptor is not open.
    static var notOpen: Int { -1 - Int(EBADF) }

    /// Blocks until a write to this descriptor takes bytes or fails.
    static func waitUntilWritable(_ descriptor: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
    }

    /// Reads a regular file, at most `limit` bytes of it.
    ///
    /// - Parameter path: With a zero byte at its end.
    static func read(_ path: [CChar], limit: Int) -> Result<[UInt8], SystemError> {
        var bytes: UnsafeMutablePointer<UInt8>?
        var error: Int32 = 0
        let count = malogc_read_file(path, limit, &bytes, &error)
        // The C function leaves the bytes to its caller.
        defer { malogc_free(bytes) }
        if count < 0 { return .failure(SystemError(number: error)) }
        return .success(Array(UnsafeBufferPointer(start: bytes, count: min(count, limit))))
    }

    /// Makes `number` a descriptor of the file of `descriptor`, instead of its own, and closes `descriptor`. A child
    /// that is forked meanwhile, and a signal handler, can use `number` at every moment. Both must be open.
    ///
    /// - Returns: Whether it could be done. Otherwise nothing has changed.
    static func move(_ descriptor: Int32, to number: Int32) -> Bool {
        malogc_move_descriptor(descriptor, number) == 0
    }

    /// Closes a descriptor; -1 stands for none.
    static func closeIfOpen(_ descriptor: Int32) {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The bytes of the process's current directory, without a zero byte at the end.
    static var workingDirectory: [CChar]? {
        guard let directory = getcwd(nil, 0) else { return nil }
        defer { free(directory) }
        return Array(UnsafeBufferPointer(start: directory, count: strlen(directory)))
    }

    /// Lets the process survive a write to a closed pipe, and a write beyond the limit for files: both are errors like
    /// any other. A handler of the application and an ignored signal stay.
    static func surviveFailedWrites() {
        for signal in [SIGPIPE, SIGXFSZ] { survive(signal) }
    }

    /// Replaces the default action of a signal by an empty handler. `exec` resets a handler, while programs that the
    /// process starts would inherit an ignored signal.
    private static func survive(_ signal: Int32) {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return }
        #if canImport(Darwin)
        guard action.__sigaction_u.__sa_handler == nil else { return }
        action.__sigaction_u.__sa_handler = { _ in }
        #else
        guard action.__sigaction_handler.sa_handler == nil else { return }
        action.__sigaction_handler.sa_handler = { _ in }
        #endif
        action.sa_flags = SA_RESTART
        sigemptyset(&action.sa_mask)
        sigaction(signal, &action, nil)
    }
}
