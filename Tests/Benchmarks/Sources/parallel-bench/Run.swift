import ContextPropagation
import Foundation
import KafkaPropagation
import Synchronization

/// One run: handles records until every sequence number was seen.
///
/// Like the other programs of the comparison, it counts with atomic operations: with a lock, the workers would wait for
/// each other in this program instead of in the consumer.
// @unchecked: `seen` is constant, and its elements are atomic.
final class Run: @unchecked Sendable {
    private let arguments: Arguments
    /// For each sequence number, whether it was seen. Freed in `deinit`.
    private let seen: UnsafeMutableBufferPointer<Atomic<Bool>>
    private let left: Atomic<Int>
    private let first = Atomic<UInt64>(0)
    private let last = Atomic<UInt64>(0)
    private let timers: TimerQueue?
    private let trace: Int32?
    /// Ends when every number was seen.
    let finished: AsyncStream<Void>
    private let finish: AsyncStream<Void>.Continuation

    init(_ arguments: Arguments) {
        self.arguments = arguments
        seen = .allocate(capacity: arguments.count)
        for place in seen.indices { seen.initializeElement(at: place, to: Atomic(false)) }
        left = Atomic(arguments.count)
        timers = arguments.wait == 0 ? nil : TimerQueue(milliseconds: arguments.wait)
        trace = arguments.traceFile.map { open($0, O_WRONLY | O_APPEND | O_CREAT, 0o644) }
        (finished, finish) = AsyncStream.makeStream()
    }

    deinit {
        seen.deinitialize().deallocate()
    }

    func handle(_ record: KafkaRecord) async throws {
        let start = MonotonicClock.now
        guard LogContext.current.traceID != nil else { throw Fault.noTrace }
        if let timers { await timers.wait() }
        // Like the other programs, it reads the clock once for a record unless it needs the end.
        let end = timers == nil && trace == nil ? start : MonotonicClock.now
        let (sequence, keySequence) = record.withValue { value -> (Int, Int) in
            guard let value, value.count >= 16 else { return (-1, -1) }
            return (Self.number(value, at: 0), Self.number(value, at: 8))
        }
        if let trace {
            let line =
                "\(record.partition.rawValue) \(record.offset.rawValue) \(record.keyText ?? "-") \(sequence) \(keySequence) "
                + "\(start) \(end)\n"
            var text = line
            text.withUTF8 { _ = write(trace, $0.baseAddress, $0.count) }
        }
        if first.load(ordering: .relaxed) == 0 {
            _ = first.compareExchange(expected: 0, desired: start, ordering: .relaxed)
        }
        guard seen.indices.contains(sequence), !seen[sequence].exchange(true, ordering: .relaxed) else { return }
        guard left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        last.store(MonotonicClock.now, ordering: .releasing)
        finish.finish()
    }

    func end() { finish.finish() }

    private enum MonotonicClock {
        static var now: UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
    }

    private static func number(_ value: borrowing Span<UInt8>, at start: Int) -> Int {
        var number = 0
        for index in start..<start + 8 { number = number << 8 | Int(value[index]) }
        return number
    }

    /// The line that the driver reads.
    var result: String {
        let left = left.load(ordering: .acquiring)
        // Stopped early, it has no last record.
        let last = left == 0 ? last.load(ordering: .acquiring) : MonotonicClock.now
        let seconds = Double(last - first.load(ordering: .acquiring)) / 1e9
        let count = arguments.count - left
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        return "ma-logger,parallel,\(arguments.orderingName),\(arguments.concurrency),\(arguments.wait),\(count),"
            + String(
                format: "%.3f,%.0f,%.2f,%ld",
                seconds,
                Double(count) / max(seconds, 1e-9),
                cpu,
                usage.ru_maxrss / 1024
            )
    }

    enum Fault: Error {
        case noTrace
    }
}
