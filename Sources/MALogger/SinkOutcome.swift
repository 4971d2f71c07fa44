#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What one write changed about a sink.
enum SinkOutcome: Equatable {
    /// It works as before, or fails as before.
    case same
    /// The first line that it lost, and the system's number for why.
    case failed(Int32)
    /// The first line after an outage, and how many the outage has cost.
    case recovered(lost: Int)
}

enum SystemError {
    /// The system's words for an error number.
    static func text(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(number)" }
    }
}
