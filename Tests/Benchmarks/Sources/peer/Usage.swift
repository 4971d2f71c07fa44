import Foundation

/// The time of the clock and of the processor, in nanoseconds.
struct Usage {
    let wall: Double
    /// The processor time of all threads of this process.
    let processor: Double

    static var now: Usage {
        func nanoseconds(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
        }
        return Usage(wall: nanoseconds(CLOCK_MONOTONIC), processor: nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    }

    static func - (end: Usage, start: Usage) -> Usage {
        Usage(wall: end.wall - start.wall, processor: end.processor - start.processor)
    }
}
