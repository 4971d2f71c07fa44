import BenchmarkSupport
import CBenchmark
import Foundation
import MALogger

/// Lines of several threads to one sink. Each run of the logger is between two runs of the C loop of the same kind.
struct Sinks: Sendable {
    enum Target: String, CaseIterable, Sendable {
        case null, pipe, file
    }

    enum Mode: String, CaseIterable, Sendable {
        case direct, buffered
    }

    let target: Target
    let mode: Mode
    /// The number of lines of all threads in a run.
    let lines: Int
    let rounds: Int
    let log: @Sendable (Int) -> Void

    private struct Cost {
        var elapsed = 0.0
        var processor = 0.0
    }

    static var header: String {
        Rotation.row("", "floor ns", "CPU", "ratio", "least", "greatest", "CPU ratio", "least", "greatest")
    }

    /// Makes the target standard output. Call it before `setupLogging()`.
    func open() {
        if mode == .buffered { setenv("LOG_BUFFER", "1MiB", 0) }
        switch target {
        case .null:
            dup2(Foundation.open("/dev/null", O_WRONLY), 1)
        case .file:
            var path = Array((NSTemporaryDirectory() + "log-bench-XXXXXX").utf8CString)
            let file = mkstemp(&path)
            guard file >= 0 else { fatalError("no temporary file") }
            unlink(path)
            _ = fcntl(file, F_SETFL, O_APPEND)
            dup2(file, 1)
        case .pipe:
            var ends: [Int32] = [0, 0]
            guard Foundation.pipe(&ends) == 0 else { fatalError("no pipe") }
            dup2(ends[1], 1)
            let reading = ends[0]
            Thread.detachNewThread {
                Self.reader = pthread_self()
                let bytes = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
                while read(reading, bytes, 1 << 16) > 0 {}
            }
            while Self.reader == nil { usleep(1000) }
        }
    }

    /// The thread that reads the pipe. Its processor time does not count.
    nonisolated(unsafe) private static var reader: pthread_t?

    private func floor(_ count: Int) {
        if mode == .direct { cbenchmark_floor(1, count) } else { cbenchmark_buffered_floor(1, count) }
    }

    /// Returns a row for each number of threads.
    func table() -> String {
        var rows = [1, 2, 8].map { threads in
            row("\(threads) threads", { floor($0) }, { log($0) }) { run in self.cost(threads, run) }
        }
        if mode == .buffered, target == .null {
            rows.append(row("1 thread, bursts of 1,000 lines", { floor($0) }, { log($0) }) { burst($0) })
        }
        return rows.joined(separator: "\n")
    }

    private func row(
        _ name: String,
        _ floor: @escaping @Sendable (Int) -> Void,
        _ own: @escaping @Sendable (Int) -> Void,
        _ cost: (@escaping @Sendable (Int) -> Void) -> Cost
    ) -> String {
        _ = (cost(floor), cost(own))
        var floors: [Cost] = []
        var ratios: [Cost] = []
        for _ in 0..<rounds {
            let before = cost(floor)
            let logged = cost(own)
            let after = cost(floor)
            floors += [before, after]
            ratios.append(
                Cost(
                    elapsed: 2 * logged.elapsed / (before.elapsed + after.elapsed),
                    processor: 2 * logged.processor / (before.processor + after.processor)
                )
            )
        }
        func text(_ values: [Double]) -> [String] {
            [Rotation.median(values), values.min() ?? .nan, values.max() ?? .nan].map { String(format: "%.3f", $0) }
        }
        let wall = text(ratios.map(\.elapsed))
        let processor = text(ratios.map(\.processor))
        return Rotation.row(
            "\(target), \(mode), \(name)",
            String(format: "%.1f", Rotation.median(floors.map(\.elapsed))),
            String(format: "%.1f", Rotation.median(floors.map(\.processor))),
            wall[0],
            wall[1],
            wall[2],
            processor[0],
            processor[1],
            processor[2]
        )
    }

    /// The nanoseconds of a line until all lines of all threads are written.
    private func cost(_ threads: Int, _ run: @escaping @Sendable (Int) -> Void) -> Cost {
        let share = lines / threads
        let group = DispatchGroup()
        let (start, processor) = (DispatchTime.now().uptimeNanoseconds, Self.nanosecondsOfProcessor())
        for _ in 0..<threads {
            group.enter()
            Thread.detachNewThread {
                run(share)
                group.leave()
            }
        }
        group.wait()
        flushLogging()
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - start)
        let used = Self.nanosecondsOfProcessor() - processor
        if target == .file { ftruncate(1, 0) }
        let count = Double(share * threads)
        return Cost(elapsed: elapsed / count, processor: used / count)
    }

    /// The nanoseconds of a line's call, if the lines of a burst fit into the buffer. The processor time is that of the
    /// calling thread.
    private func burst(_ run: @escaping @Sendable (Int) -> Void) -> Cost {
        var cost = Cost()
        let bursts = max(1, lines / 1000)
        for _ in 0..<bursts {
            flushLogging()
            let (start, processor) = (Self.nanoseconds(CLOCK_MONOTONIC), Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID))
            run(1000)
            cost.elapsed += Self.nanoseconds(CLOCK_MONOTONIC) - start
            cost.processor += Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - processor
        }
        let count = Double(bursts * 1000)
        return Cost(elapsed: cost.elapsed / count, processor: cost.processor / count)
    }

    private static func nanosecondsOfProcessor() -> Double {
        var clock = clockid_t()
        guard let reader, pthread_getcpuclockid(reader, &clock) == 0 else {
            return nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        }
        return nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - nanoseconds(clock)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
