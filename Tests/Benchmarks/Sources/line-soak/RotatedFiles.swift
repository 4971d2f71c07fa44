import Foundation

/// The files of a log that is rotated: the current file is moved away when it has reached a size, and the logger opens
/// a new one.
struct RotatedFiles {
    private static let size = 256 << 20
    let path: String
    private var moved = 0
    private var read = 0

    init(path: String) { self.path = path }

    /// The number of files that were moved away and have not been read yet.
    var waiting: Int { moved - read }
    /// The number of files that were moved away.
    var count: Int { moved }

    /// Moves the current file away if it is large enough.
    mutating func rotate() {
        guard Self.size(of: path) >= Self.size, rename(path, "\(path).\(moved)") == 0 else { return }
        moved += 1
    }

    /// Reads and removes the oldest file that nothing writes to any more: a file that was moved away is complete when
    /// the next one has its first line.
    mutating func readNext(isOver: Bool, _ check: inout LineCheck) -> Bool {
        let isLast = read == moved
        guard isLast ? isOver : isOver || moved > read + 1 || Self.size(of: path) > 0 else { return false }
        let name = isLast ? path : "\(path).\(read)"
        let descriptor = open(name, O_RDONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        _ = check.readAll(descriptor)
        unlink(name)
        read += isLast ? 0 : 1
        return true
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }
}

extension LineCheck {
    /// Checks the lines of a descriptor to its end.
    ///
    /// - Returns: The number of bytes at the end that are no whole line.
    mutating func readAll(_ descriptor: Int32) -> Int {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var kept = 0
        while fault == nil {
            let count = Foundation.read(descriptor, buffer.baseAddress! + kept, buffer.count - kept)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            kept += count
            let used = read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<kept]))
            kept -= used
            memmove(buffer.baseAddress!, buffer.baseAddress! + used, kept)
        }
        return kept
    }
}
