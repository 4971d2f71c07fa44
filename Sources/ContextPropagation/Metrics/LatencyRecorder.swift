internal import Synchronization

/// Counts durations. Only one thread may record at a time; any thread may read. A record costs two plain loads and
/// stores.
// @unchecked: the atomics behind the pointer are allocated once, and freed with the object.
package final class LatencyRecorder: @unchecked Sendable {
    /// The counts, followed by the sum and the longest duration in nanoseconds.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    package init() {
        cells = .allocate(capacity: LatencyHistogram.rangeCount + 2)
        for index in 0..<LatencyHistogram.rangeCount + 2 { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: LatencyHistogram.rangeCount + 2)
        cells.deallocate()
    }

    /// Adds a duration. Two threads must not call it at the same time.
    package func record(nanoseconds: UInt64) {
        add(1, at: LatencyHistogram.range(of: nanoseconds))
        add(nanoseconds, at: LatencyHistogram.rangeCount)
        let longest = LatencyHistogram.rangeCount + 1
        if nanoseconds > cells[longest].load(ordering: .relaxed) {
            cells[longest].store(nanoseconds, ordering: .relaxed)
        }
    }

    // Only one thread writes, so a load and a store suffice. They cost less than an atomic addition.
    private func add(_ value: UInt64, at index: Int) {
        cells[index].store(cells[index].load(ordering: .relaxed) &+ value, ordering: .relaxed)
    }

    /// The durations so far.
    package var histogram: LatencyHistogram {
        LatencyHistogram(
            counts: (0..<LatencyHistogram.rangeCount).map {
                Int(truncatingIfNeeded: cells[$0].load(ordering: .relaxed))
            },
            totalNanoseconds: cells[LatencyHistogram.rangeCount].load(ordering: .relaxed),
            longestNanoseconds: cells[LatencyHistogram.rangeCount + 1].load(ordering: .relaxed)
        )
    }
}
