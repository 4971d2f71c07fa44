internal import CMalogScan

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The calls of the operating system that malog needs.
enum System {
    /// An error of a call: the name of the file, and the reason.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ name: String, _ number: Int32 = errno) {
            self.init(name, reason: String(cString: strerror(number)))
        }

        init(_ name: String, reason: String) {
            description = "\(RawText.shown(name)): \(reason)"
        }
    }

    struct Status {
        let size: Int
        let isRegular: Bool
        let isDirectory: Bool
        let device: UInt
        let inode: UInt

        func isSameFile(as other: Status) -> Bool { inode == other.inode && device == other.device }
    }

    static func open(_ path: String) throws(Failure) -> Int32 {
        let descriptor = sys_open(RawText.bytes(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path) }
        return descriptor
    }

    /// Opens a file for writing, empty.
    static func create(_ path: String) throws(Failure) -> Int32 {
        let descriptor = sys_create(RawText.bytes(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path) }
        return descriptor
    }

    static func close(_ descriptor: Int32) {
        _ = sys_close(descriptor)
    }

    static func status(of descriptor: Int32) -> Status? {
        var result = stat()
        return fstat(descriptor, &result) == 0 ? Status(result) : nil
    }

    static func status(of path: String) -> Status? {
        var result = stat()
        return stat(RawText.bytes(path), &result) == 0 ? Status(result) : nil
    }

    /// Reads at most `count` bytes, at `offset` or, without one, where the last call ended. Returns 0 at the end.
    ///
    /// - Parameter waits: Whether to wait for bytes also on a descriptor that does not block, such as a standard input
    ///   that another program made so.
    @inline(__always)
    static func read(
        _ descriptor: Int32,
        _ bytes: UnsafeMutablePointer<UInt8>,
        _ count: Int,
        at offset: Int? = nil,
        waits: Bool = true
    ) -> Int {
        while true {
            let result =
                if let offset { pread(descriptor, bytes, count, off_t(offset)) } else {
                    sys_read(descriptor, bytes, count)
                }
            if result >= 0 { return result }
            switch errno {
            case EINTR: continue
            case EAGAIN where waits: wait(for: POLLIN, on: descriptor)
            default: return result
            }
        }
    }

    /// Waits until a descriptor that does not block can be read or written, or has an error that the next call returns.
    private static func wait(for event: Int32, on descriptor: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        _ = poll(&request, 1, -1)
    }

    /// Lets a pipe hold more bytes, so that fewer calls are needed. Does nothing for any other descriptor.
    static func enlargePipe(_ descriptor: Int32) {
        // F_SETPIPE_SZ, which the C library's header has only for its own extensions.
        _ = fcntl(descriptor, 1031, 1 << 20)
    }

    /// The place in a file where the next call reads, or nil for a pipe.
    static func place(in descriptor: Int32) -> Int? {
        let place = lseek(descriptor, 0, SEEK_CUR)
        return place >= 0 ? Int(place) : nil
    }

    static func seek(_ descriptor: Int32, to offset: Int) {
        lseek(descriptor, off_t(offset), SEEK_SET)
    }

    /// The error number of a write to a pipe whose reader has gone.
    static var closedPipe: Int32 { EPIPE }

    /// Writes all bytes, and waits for room also on a descriptor that does not block. Returns the number of the error,
    /// or nil if all bytes were written.
    @discardableResult
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = sys_write(descriptor, base, rest.count)
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: wait(for: POLLOUT, on: descriptor)
                case let number: return number
                }
            } else {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        return nil
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The columns of the terminal, or nil if it has none.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    static var lastError: Int32 { errno }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Seconds of a clock that never goes back.
    static var seconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// Returns the first line feed of the bytes, or nil.
    @inline(__always)
    static func lineFeed(in bytes: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<UInt8>? {
        memchr(bytes, 0x0A, count).map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
    }

    /// Returns the last line feed of the bytes, or nil.
    static func lastLineFeed(in bytes: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<UInt8>? {
        cmalog_last_line_feed(bytes, count)
    }

    /// Returns the first place of `text` in the bytes, or nil.
    static func find(_ text: [UInt8], in bytes: UnsafePointer<UInt8>, _ count: Int) -> UnsafePointer<UInt8>? {
        text.withUnsafeBufferPointer { cmalog_find($0.baseAddress, $0.count, bytes, count) }
    }
}

extension System.Status {
    fileprivate init(_ status: stat) {
        size = Int(status.st_size)
        isRegular = status.st_mode & S_IFMT == S_IFREG
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}

// Inside `System`, these names are its own functions.

private func sys_open(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
    open(path, flags)
}

private func sys_create(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
    open(path, flags, 0o644)
}

private func sys_close(_ descriptor: Int32) -> Int32 {
    close(descriptor)
}

@inline(__always)
private func sys_read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}

private func sys_write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
