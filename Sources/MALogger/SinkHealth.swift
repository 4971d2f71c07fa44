import Synchronization

/// Whether a sink works, and what it lost while it did not. Costs one load for a line that was written.
struct SinkHealth: ~Copyable {
    /// 0 while the sink works; in an outage one more than the lines that it has cost.
    private let outage = Atomic<Int>(0)
    private let earlier = Atomic<Int>(0)

    init() {}

    /// How many lines were lost since the process began.
    var lostLines: Int { earlier.load(ordering: .relaxed) + max(outage.load(ordering: .relaxed) - 1, 0) }

    /// Takes note of an attempt to open the sink that ended with this error number, 0 for success.
    func begin(_ error: Int32) -> SinkOutcome {
        guard error != 0 else { return .same }
        return outage.compareExchange(expected: 0, desired: 1, ordering: .relaxed).exchanged ? .failed(error) : .same
    }

    /// Takes note of a line whose write ended with this error number, 0 for success.
    @inline(__always)
    func record(_ error: Int32) -> SinkOutcome {
        if _fastPath(error == 0 && outage.load(ordering: .relaxed) == 0) { return .same }
        return recordChange(error)
    }

    @inline(never)
    private func recordChange(_ error: Int32) -> SinkOutcome {
        if error != 0 {
            let outcome = begin(error)
            outage.add(1, ordering: .relaxed)
            return outcome
        }
        let ended = outage.exchange(0, ordering: .relaxed)
        guard ended != 0 else { return .same }
        earlier.add(ended - 1, ordering: .relaxed)
        return .recovered(lost: ended - 1)
    }
}
