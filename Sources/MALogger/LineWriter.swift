internal import CShims

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Writes the whole of a line to a descriptor. Returns 0, or the error number that stopped it.
@inline(__always)
func writeLine(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let written = cshims_write(descriptor, bytes, count)
    if _fastPath(written == count) { return 0 }
    return writeRest(descriptor, bytes, count, written)
}

@inline(never)
private func writeRest(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int, _ first: Int) -> Int32 {
    var offset = 0
    var result = first
    while true {
        if result >= 0 {
            offset += result
            if offset >= count { return 0 }
        } else {
            switch Int32(truncatingIfNeeded: -1 - result) {
            case EINTR:
                break
            case EAGAIN:
                // Somebody who shares the descriptor made it non-blocking: wait as a blocking one would.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, -1)
            case let error:
                return error
            }
        }
        result = cshims_write(descriptor, bytes + offset, count - offset)
    }
}
