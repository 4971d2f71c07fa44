/// A backend that lets the event make the system call for most of its lines. A processor mispredicts the function
/// returns that follow a system call, so the call is as near to the caller as possible.
package protocol DirectLogBackend: LogBackend {
    /// Renders the line into the thread's buffer. It returns ``UnwrittenLine/none`` if it has written the line.
    func render(_ event: borrowing Log.Event) -> UnwrittenLine

    /// Ends a line of which the system call has not written every byte, and each line with
    /// ``UnwrittenLine/needsFinish``. The event has ended, but the thread has not logged since then.
    ///
    /// - Parameter written: The number of bytes, or -1 - errno.
    func finish(_ line: UnwrittenLine, _ written: Int)
}

/// A rendered line at the place where the thread's next line will be.
@usableFromInline
package struct UnwrittenLine {
    @usableFromInline package let bytes: UnsafeRawPointer?
    @usableFromInline package let count: Int

    /// The descriptor, with a mark if the line needs an end. The result of a function has room for four words only.
    @usableFromInline let target: Int32

    @inlinable static var mark: Int32 { 1 << 30 }

    /// The descriptor that takes the line with one system call.
    @inline(__always)
    package var descriptor: Int32 { target & ~Self.mark }

    /// Whether nothing is left to write.
    @inline(__always)
    var isWritten: Bool { target < 0 }

    /// Whether the backend ends the line after the system call, even if every byte was written.
    @inlinable
    @inline(__always)
    package var needsFinish: Bool { target >= Self.mark }

    /// The address of the backend's entry in `LogBackends`, which is never freed.
    @usableFromInline var backend: UnsafeRawPointer?

    @inlinable
    @inline(__always)
    package init(_ bytes: UnsafePointer<UInt8>, _ count: Int, to descriptor: Int32, needsFinish: Bool = false) {
        self.init(bytes: bytes, count: count, target: needsFinish ? descriptor | Self.mark : descriptor)
    }

    @inlinable
    @inline(__always)
    init(bytes: UnsafePointer<UInt8>?, count: Int, target: Int32) {
        self.bytes = UnsafeRawPointer(bytes)
        self.count = count
        self.target = target
        backend = nil
    }

    @inlinable
    @inline(__always)
    package static var none: UnwrittenLine { UnwrittenLine(bytes: nil, count: 0, target: -1) }
}

/// Stands for the direct backend when the installed one is another.
final class NoDirectLogBackend: DirectLogBackend {
    func log(_ event: borrowing Log.Event) {}
    func render(_ event: borrowing Log.Event) -> UnwrittenLine { .none }
    func finish(_ line: UnwrittenLine, _ written: Int) {}
}
