internal import CMALoggerShims
internal import ContextLog

/// Writes lines to a descriptor, one after another. Its owner holds a lock around it.
struct LineStream {
    var end = LineEnd()

    /// Forgets a torn line: the next one goes to another file.
    mutating func startAnew() {
        end = LineEnd()
    }

    /// Writes one line. Returns 0 if a reader gets the whole line, or the system's error number.
    ///
    /// - Parameter write: Writes bytes and returns their number, or -1 - errno. ``malogc_write`` in a program, and a
    ///   faulty disk in a test.
    @inline(__always)
    mutating func append(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ write: (UnsafePointer<UInt8>, Int) -> Int
    ) -> Int32 {
        if _fastPath(!end.isTorn) {
            let written = write(bytes, count)
            if _fastPath(written == count) { return 0 }
            return finish(bytes, count, written, hasBreakInFront: false, write)
        }
        return appendAfterTornLine(bytes, count, write)
    }

    @inline(never)
    private mutating func appendAfterTornLine(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ write: (UnsafePointer<UInt8>, Int) -> Int
    ) -> Int32 {
        var line = ByteWriter(capacity: count + 1)
        line.append("\n")
        line.append(bytes, count)
        return finish(line.base, line.count, 0, hasBreakInFront: true, write)
    }

    /// Writes the rest of a line.
    ///
    /// - Parameter first: The result of the first write.
    @inline(never)
    private mutating func finish(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ first: Int,
        hasBreakInFront: Bool,
        _ write: (UnsafePointer<UInt8>, Int) -> Int
    ) -> Int32 {
        var offset = 0
        var result = first
        while true {
            if result >= 0 {
                offset += result
            } else if result != FileDescriptor.interrupted {
                let isWhole = end.note(written: offset, of: count, hasBreakInFront: hasBreakInFront)
                return isWhole ? 0 : Int32(truncatingIfNeeded: -1 - result)
            }
            if offset >= count {
                _ = end.note(written: offset, of: count, hasBreakInFront: hasBreakInFront)
                return 0
            }
            result = write(bytes + offset, count - offset)
        }
    }

    /// Writes to a descriptor. If another owner made it non-blocking, this waits as a blocking write would.
    @inline(__always)
    static func write(to descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        let written = malogc_write(descriptor, bytes, count)
        return _fastPath(written != FileDescriptor.wouldBlock)
            ? written : waitAndWrite(descriptor, bytes, count)
    }

    @inline(never)
    private static func waitAndWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        while true {
            FileDescriptor.waitUntilWritable(descriptor)
            let written = malogc_write(descriptor, bytes, count)
            if written != FileDescriptor.wouldBlock { return written }
        }
    }
}
