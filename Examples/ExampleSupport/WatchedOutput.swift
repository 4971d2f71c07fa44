public import Foundation

/// Shows each line of standard output to a closure before it is written. An example uses it to check the bytes that it
/// prints.
///
/// Make it before `setupLogging()`, which reads the type of standard output.
public final class WatchedOutput: Sendable {
    private let real: Int32
    private let ended = DispatchSemaphore(value: 0)

    /// Starts to watch.
    ///
    /// - Parameter onLine: Called for each line, without its line break, on one thread.
    public init(_ onLine: @escaping @Sendable (_ line: Data) -> Void) throws(StandardOutput.Failure) {
        var ends: [Int32] = [-1, -1]
        real = dup(STDOUT_FILENO)
        guard real >= 0, pipe(&ends) == 0, dup2(ends[1], STDOUT_FILENO) >= 0 else {
            let reason = String(cString: strerror(errno))
            for descriptor in [real] + ends where descriptor >= 0 { close(descriptor) }
            throw StandardOutput.Failure(description: "could not watch standard output: \(reason)")
        }
        close(ends[1])
        let (source, real, ended) = (ends[0], real, ended)
        let thread = Thread { @Sendable in
            Self.pass(from: source, to: real, onLine)
            close(source)
            ended.signal()
        }
        thread.name = "stdout"
        thread.start()
    }

    /// Restores standard output. It returns after the closure has seen every line and every line is written. Call it
    /// once.
    public func finish() {
        fflush(nil)
        dup2(real, STDOUT_FILENO)
        ended.wait()
        close(real)
    }

    private static func pass(from source: Int32, to real: Int32, _ onLine: (Data) -> Void) {
        let capacity = 1 << 16
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
        defer { buffer.deallocate() }
        var line = Data()
        while true {
            let count = read(source, buffer.baseAddress, capacity)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            var rest = bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line.append(contentsOf: rest[..<end])
                onLine(line)
                line.removeAll(keepingCapacity: true)
                rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
            }
            line.append(contentsOf: rest)
            writeAll(bytes, to: real)
        }
        if !line.isEmpty { onLine(line) }
    }
}

/// Writes the bytes. If the descriptor takes no more bytes, for example because its reader has gone, it stops without
/// an error.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
}
