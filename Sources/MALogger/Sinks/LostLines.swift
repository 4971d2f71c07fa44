/// The number of lines that could not be written since ``setupLogging()``. A forked child counts its own lines.
///
/// When a sink fails, a line on the other sink reports it. When it works again, a line reports the number of lost
/// lines. Read these numbers at any time, for example for a gauge or at the end of `main`:
///
///     if LostLines.now.standardOutput > 0 { exit(1) }
public struct LostLines: Hashable, Sendable {
    /// The number of lines that standard output did not accept, for example because its reader had ended.
    public let standardOutput: Int

    /// The number of lines that did not get into the file of `LOG_FILE_PATH`, or that were lost when the file was
    /// removed. It is 0 without a file.
    public let file: Int

    /// The number of lines below WARNING that were dropped because the buffer was full. It is 0 unless
    /// `LOG_BUFFER_FULL` is `drop`.
    public let dropped: Int

    /// The current numbers. They are 0 before ``setupLogging()``.
    public static var now: LostLines {
        let backend = installedBackend.object
        let buffering = installedBuffering.object
        return LostLines(
            standardOutput: backend?.standardOutput.lostLines ?? 0,
            file: backend?.file?.lostLines ?? 0,
            dropped: buffering?.chunks.withLock { $0.allDropped } ?? 0
        )
    }
}
