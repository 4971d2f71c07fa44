internal import CMALoggerShims

extension LogContext.Storage {
    /// Releases several references to a context at once, which costs as much as releasing one.
    ///
    /// - Parameters:
    ///   - storage: The context. The caller owns `count` references to it.
    ///   - count: The number of references, at least 1.
    package static func release(_ storage: Unmanaged<LogContext.Storage>, count: Int) {
        malogc_release(storage.toOpaque(), UInt32(truncatingIfNeeded: count))
    }
}
