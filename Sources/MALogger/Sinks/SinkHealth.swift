import Synchronization

/// Whether a sink works, and what it lost while it did not. Costs one load for a line that is written.
struct SinkHealth: ~Copyable {
    private let failing = Atomic<Bool>(false)
    private let lost = Atomic<Int>(0)
    /// How many of the lost ones the end of an outage has told of.
    private let reported = Atomic<Int>(0)

    init() {}

    /// Whether the last attempt failed.
    @inline(__always)
    var isFailing: Bool { failing.load(ordering: .relaxed) }

    /// How many lines were lost since the process began.
    var lostLines: Int { lost.load(ordering: .relaxed) }

    /// Takes note of an attempt that ended with this error number.
    ///
    /// - Parameter lines: How many it has cost.
    func failed(_ error: Int32, lines: Int = 1) -> SinkOutcome {
        lost.add(lines, ordering: .relaxed)
        return failing.exchange(true, ordering: .relaxed) ? .same : .failed(error)
    }

    /// Takes note of a line that was written after others were not.
    func recovered() -> SinkOutcome {
        guard failing.exchange(false, ordering: .relaxed) else { return .same }
        let total = lostLines
        return .recovered(lost: total - reported.exchange(total, ordering: .relaxed))
    }
}
