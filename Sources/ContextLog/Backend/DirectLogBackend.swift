/// A backend that lets the event make the system call for most of its lines. A processor mispredicts the function
/// returns that follow a system call, so the call is as near to the caller as possible.
package protocol DirectLogBackend: LogBackend {
    /// Renders the line into the thread's buffer. It returns ``UnwrittenLine/none`` if it has written the line.
    func render(_ event: borrowing Log.Event) -> UnwrittenLine

    /// Ends a line of which the system call has not written every byte. The event has ended, but the thread has not
    /// logged since then.
    ///
    /// - Parameter written: The number of bytes, or -1 - errno.
    func finish(_ line: UnwrittenLine, _ written: Int)
}

/// A rendered line at the place where the thread's next line will be.
@usableFromInline
package struct UnwrittenLine {
    @usableFromInline package let bytes: UnsafeRawPointer?
    @usableFromInline package let count: Int

    /// The descriptor that takes the line with one system call, or -1 if nothing is left to write.
    @usableFromInline package let descriptor: Int32

    /// The address of the backend's entry in `LogBackends`, which is never freed.
    @usableFromInline var backend: UnsafeRawPointer?

    @inlinable
    package init(_ bytes: UnsafePointer<UInt8>, _ count: Int, to descriptor: Int32) {
        self.init(bytes: UnsafeRawPointer(bytes), count: count, descriptor: descriptor)
    }

    @inlinable
    init(bytes: UnsafeRawPointer?, count: Int, descriptor: Int32) {
        self.bytes = bytes
        self.count = count
        self.descriptor = descriptor
        backend = nil
    }

    package static var none: UnwrittenLine { UnwrittenLine(bytes: nil, count: 0, descriptor: -1) }
}

/// Stands for the direct backend when the installed one is another.
final class NoDirectLogBackend: DirectLogBackend {
    func log(_ event: borrowing Log.Event) {}
    func render(_ event: borrowing Log.Event) -> UnwrittenLine { .none }
    func finish(_ line: UnwrittenLine, _ written: Int) {}
}
