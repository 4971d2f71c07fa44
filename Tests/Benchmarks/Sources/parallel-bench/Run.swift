import ContextPropagation
import Foundation
import KafkaPropagation
import Synchronization

/// One run: handles records until every sequence number was seen.
final class Run: Sendable {
    private struct State {
        var seen: [Bool]
        var left: Int
        var first: UInt64 = 0
        var last: UInt64 = 0
    }

    private let arguments: Arguments
    private let state: Mutex<State>
    private let timers: TimerQueue?
    private let trace: Int32?
    /// Ends when every number was seen.
    let finished: AsyncStream<Void>
    private let finish: AsyncStream<Void>.Continuation

    init(_ arguments: Arguments) {
        self.arguments = arguments
        state = Mutex(State(seen: Array(repeating: false, count: arguments.count), left: arguments.count))
        timers = arguments.wait == 0 ? nil : TimerQueue(milliseconds: arguments.wait)
        trace = arguments.traceFile.map { open($0, O_WRONLY | O_APPEND | O_CREAT, 0o644) }
        (finished, finish) = AsyncStream.makeStream()
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
        let isLast = state.withLock { state in
            if state.first == 0 { state.first = start }
            guard state.seen.indices.contains(sequence), !state.seen[sequence] else { return false }
            state.seen[sequence] = true
            state.left -= 1
            state.last = state.left == 0 ? MonotonicClock.now : end
            return state.left == 0
        }
        if isLast { finish.finish() }
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
        let (first, last, left) = state.withLock { ($0.first, $0.last, $0.left) }
        let seconds = Double(last - first) / 1e9
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
