#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Waits until files may have changed.
///
/// The system reports changes in the files' directories, so a new file of the same name is seen too. Files of
/// other machines are not reported, so the wait ends after a second in any case.
struct FileWatch: ~Copyable {
    private static let pause: Int32 = 1000
    private let descriptor: Int32

    init(_ paths: [String]) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return }
        let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
        for directory in Set(paths.map(Self.directory)) {
            inotify_add_watch(descriptor, RawText.bytes(directory), events)
        }
    }

    deinit {
        if descriptor >= 0 { System.close(descriptor) }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Returns whether a change was reported.
    @discardableResult
    func wait() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // A negative descriptor is ignored, so the call is then a pause.
        guard poll(&request, 1, descriptor >= 0 ? Self.pause : 250) > 0 else { return false }
        var events = [UInt8](repeating: 0, count: 1 << 14)
        while events.withUnsafeMutableBufferPointer({
            System.read(descriptor, $0.baseAddress!, $0.count, waits: false)
        }) > 0 {}
        return true
    }
}
