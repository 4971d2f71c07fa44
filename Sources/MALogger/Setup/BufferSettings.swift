/// The settings of the buffer: `LOG_BUFFER` and `LOG_BUFFER_FULL`.
struct BufferSettings: Equatable, Sendable {
    /// What happens to a line when the buffer is full.
    enum WhenFull: String, CaseIterable {
        /// The caller waits for room.
        case block
        /// A line below WARNING is dropped and counted. The caller of another line waits for room.
        case drop
    }

    /// The memory of the buffer in bytes.
    let size: Int
    let whenFull: WhenFull

    static let sizes = 16 << 10...1 << 30

    /// - Parameters:
    ///   - size: The value of `LOG_BUFFER`.
    ///   - whenFull: The value of `LOG_BUFFER_FULL`.
    ///   - problems: Receives a sentence for each value that cannot be used.
    /// - Returns: Nil if lines are written directly.
    static func read(size: String?, whenFull: String?, problems: inout [String]) -> BufferSettings? {
        let usual = WhenFull.block
        let policy =
            LogSettings.choice(whenFull, variable: "LOG_BUFFER_FULL", kind: "choice", or: usual, &problems) ?? usual
        if whenFull != nil, size == nil {
            problems.append("LOG_BUFFER_FULL has no effect, because LOG_BUFFER is not set")
        }
        guard let size else { return nil }
        let fault: String
        switch bytes(size) {
        case 0?: return nil
        case let bytes? where sizes.contains(bytes): return BufferSettings(size: bytes, whenFull: policy)
        case let bytes? where bytes < sizes.lowerBound: fault = "is too small"
        case _?: fault = "is too large"
        case nil: fault = "is not a size"
        }
        problems.append(
            "LOG_BUFFER is \(LogSettings.quote(size)), which \(fault); each line is written directly. Choices: a number "
                + "of bytes from 16KiB to 1GiB, as in 65536, 64KiB or 1MiB; 0 writes each line directly"
        )
        return nil
    }

    /// Reads `65536`, `64KiB`, `1MiB` or `1GiB`, in any case. A number that is too large for an `Int` is `Int.max`.
    private static func bytes(_ text: String) -> Int? {
        let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let units = ["": 0, "kib": 10, "mib": 20, "gib": 30]
        guard !digits.isEmpty, let shift = units[String(text.utf8.dropFirst(digits.count))?.lowercased() ?? "?"] else {
            return nil
        }
        guard let number = Int(String(Substring(digits))) else { return .max }
        let (size, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? .max : size
    }
}
