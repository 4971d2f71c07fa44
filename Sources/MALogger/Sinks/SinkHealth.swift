import Synchronization

/// Whether a sink works, and how many lines it has lost. A line that is written costs one load.
struct SinkHealth: ~Copyable {
    private let failing = Atomic<Bool>(false)
    private let lost = Atomic<Int>(0)
    /// The number of lost lines that were reported at the end of an outage.
    private let reported = Atomic<Int>(0)

    init() {}

    /// Whether the last attempt failed.
    @inline(__always)
    var isFailing: Bool { failing.load(ordering: .relaxed) }

    /// The number of lines that were lost since the process began.
    var lostLines: Int { lost.load(ordering: .relaxed) }

    /// Notes the result of writing a line.
    ///
    /// - Parameter error: The system's error number, or 0 if the line was written.
    func note(_ error: Int32) -> SinkOutcome {
        error == 0 ? recovered() : failed(error, lines: 1)
    }

    /// Notes an attempt that failed.
    ///
    /// - Parameter lines: The number of lines that it lost.
    func failed(_ error: Int32, lines: Int) -> SinkOutcome {
        lost.add(lines, ordering: .relaxed)
        return failing.exchange(true, ordering: .relaxed) ? .same : .failed(error)
    }

    /// Notes lines that were written to a file which no longer exists.
    func removed(lines: Int) -> SinkOutcome {
        lost.add(lines, ordering: .relaxed)
        reported.add(lines, ordering: .relaxed)
        return .removed(lost: lines)
    }

    /// Forgets the lines that the parent of this process has lost. The parent reports them.
    ///
    /// - Parameter isChild: Whether this process is a forked child. If not, the call changes nothing.
    func forked(isChild: Bool) {
        lost.subtract(isChild ? lost.load(ordering: .relaxed) : 0, ordering: .relaxed)
        reported.subtract(isChild ? reported.load(ordering: .relaxed) : 0, ordering: .relaxed)
    }

    private func recovered() -> SinkOutcome {
        guard failing.exchange(false, ordering: .relaxed) else { return .same }
        let total = lostLines
        return .recovered(lost: total - reported.exchange(total, ordering: .relaxed))
    }
}
