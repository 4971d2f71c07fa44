import Synchronization

/// How many lines could not be written since ``setupLogging()``.
///
/// An outage is logged when it begins, on the sinks that work, and when it ends with the number of lines that it has
/// cost. These are the numbers at any time, as for a gauge or at the end of `main`:
///
///     if LostLines.now.standardOutput > 0 { exit(1) }
public struct LostLines: Hashable, Sendable {
    /// Those that standard output did not take, as after its reader went away.
    public let standardOutput: Int

    /// Those that did not get into the file of `LOG_FILE_PATH`; 0 without one.
    public let file: Int

    /// The numbers so far; zeros before ``setupLogging()``.
    public static var now: LostLines {
        let backend = installedBackend.withLock { $0 }
        return LostLines(standardOutput: backend?.standardOutput.lostLines ?? 0, file: backend?.file?.lostLines ?? 0)
    }
}
