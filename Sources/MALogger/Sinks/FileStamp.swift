#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Tells whether the content of a path has changed: another file, another time or another size.
struct FileStamp: Equatable {
    private let device: UInt64
    private let file: UInt64
    private let size: Int64
    /// The time of the last change of the content.
    private let contentSeconds: Int
    private let contentNanoseconds: Int
    /// The time of the last change of the file's entry.
    private let entrySeconds: Int
    private let entryNanoseconds: Int

    /// - Parameter path: With a zero byte at its end.
    static func of(_ path: [CChar]) -> Result<FileStamp, SystemError> {
        var status = stat()
        guard stat(path, &status) == 0 else { return .failure(SystemError(number: errno)) }
        #if canImport(Darwin)
        let (content, entry) = (status.st_mtimespec, status.st_ctimespec)
        #else
        let (content, entry) = (status.st_mtim, status.st_ctim)
        #endif
        return .success(
            FileStamp(
                device: UInt64(truncatingIfNeeded: status.st_dev),
                file: UInt64(status.st_ino),
                size: Int64(status.st_size),
                contentSeconds: content.tv_sec,
                contentNanoseconds: content.tv_nsec,
                entrySeconds: entry.tv_sec,
                entryNanoseconds: entry.tv_nsec
            )
        )
    }
}
