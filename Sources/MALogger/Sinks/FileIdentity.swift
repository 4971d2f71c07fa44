internal import CMALoggerShims

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Tells a file from every other file of the system.
struct FileIdentity {
    private let status: stat

    /// Nil if the descriptor is not open.
    init?(descriptor: Int32) {
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return nil }
        self.status = status
    }

    /// Nil if the path names no file.
    ///
    /// - Parameter path: With a zero byte at its end.
    init?(path: [CChar]) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.status = status
    }

    /// The descriptor of the file behind a captured stream, if this is the pipe of one.
    var capturedOriginal: Int32? {
        let original = malogc_original_of_pipe(status.st_dev, status.st_ino)
        return original < 0 ? nil : original
    }

    /// The file behind a captured stream, if this is the pipe of one; else this file.
    var original: FileIdentity { capturedOriginal.flatMap { FileIdentity(descriptor: $0) } ?? self }

    func isSameFile(as other: FileIdentity) -> Bool {
        status.st_dev == other.status.st_dev && status.st_ino == other.status.st_ino
    }

    /// Whether no path names the file any more. A closed descriptor may have one.
    var isRemoved: Bool { status.st_nlink == 0 }
}
