import Foundation

/// The thread that runs the calling code.
enum CurrentThread {
    /// The number of the thread, as `ps -L` shows it, or nil if the system does not tell it.
    static var number: Int? {
        let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text -> String? in
            let count = readlink("/proc/thread-self", text.baseAddress!, text.count)
            guard count > 0 else { return nil }
            return String(decoding: text[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        // The link is PID/task/TID.
        return name?.split(separator: "/").last.flatMap { Int($0) }
    }
}
