import Foundation
import Synchronization

/// The resident memory of a process over time, in MiB.
final class Memory: Sendable, CustomStringConvertible {
    private struct State {
        var early = 0
        var samples = 0
        var greatest = 0
        var last = 0
    }
    private let state = Mutex(State())

    /// Reads the memory of a process that runs.
    func sample(_ process: Int32) {
        guard let file = fopen("/proc/\(process)/statm", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return }
        let words = line.split(separator: CChar(0x20))
        guard words.count > 1, let pages = Int(String(decoding: words[1].map(UInt8.init), as: UTF8.self)), pages > 0
        else { return }
        let size = (pages * sysconf(Int32(_SC_PAGESIZE))) >> 20
        state.withLock {
            $0.samples += 1
            if $0.samples == 20 { $0.early = size }
            $0.greatest = max($0.greatest, size)
            $0.last = size
        }
    }

    var description: String {
        let state = state.withLock { $0 }
        return "\(state.early) MiB at the start, at most \(state.greatest), \(state.last) at the end"
    }
}
