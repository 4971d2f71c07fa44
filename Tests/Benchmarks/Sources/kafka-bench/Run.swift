import Foundation

/// Runs one candidate in its own process: `kafka-bench --run NAME BOOTSTRAP RECORDS`.
struct Run {
    static let flag = "--run"
    private let candidate: Candidate
    private let bootstrapServers: String
    private let records: Int

    init(_ arguments: [String]) throws {
        guard arguments.count == 3, let records = Int(arguments[2]),
            let candidate = Candidate.all.first(where: { $0.name == arguments[0] })
        else { throw Failure(description: "usage: --run NAME BOOTSTRAP RECORDS") }
        self.candidate = candidate
        bootstrapServers = arguments[1]
        self.records = records
    }

    /// Prints the seconds, the processor seconds and the peak memory in KiB.
    func perform() throws {
        try candidate.run(bootstrapServers, records)
        let used = Usage.now - Usage.atStart
        print(used.wall, used.processor, Usage.peakKibibytes)
    }

    /// Runs a candidate in a child process.
    static func measure(_ candidate: Candidate, _ cluster: Cluster, records: Int) throws -> Measurement {
        let process = Process()
        let output = Pipe()
        process.executableURL = Cluster.executable
        process.arguments = [flag, candidate.name, cluster.bootstrapServers, String(records)]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let figures = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard process.terminationStatus == 0, figures.count == 3 else {
            throw Failure(description: "\(candidate.name) ended with status \(process.terminationStatus): \(text)")
        }
        return Measurement(
            recordsPerSecond: Double(records) / figures[0],
            processorNanoseconds: figures[1] * 1e9 / Double(records),
            peakMebibytes: figures[2] / 1024
        )
    }
}

/// The figures of one run of a candidate.
struct Measurement {
    let recordsPerSecond: Double
    /// The processor time of the whole process, for each record.
    let processorNanoseconds: Double
    let peakMebibytes: Double

    static func mean(_ one: Measurement, _ other: Measurement) -> Measurement {
        Measurement(
            recordsPerSecond: (one.recordsPerSecond + other.recordsPerSecond) / 2,
            processorNanoseconds: (one.processorNanoseconds + other.processorNanoseconds) / 2,
            peakMebibytes: (one.peakMebibytes + other.peakMebibytes) / 2
        )
    }
}

/// The wall-clock time and the processor time of this process.
struct Usage {
    let wall: Double
    let processor: Double

    /// The time at which the candidate began. ``start()`` sets it.
    nonisolated(unsafe) private(set) static var atStart = Usage.now

    /// A candidate calls this when it is connected. The time before the call does not count.
    static func start() {
        atStart = now
    }

    static var now: Usage {
        Usage(wall: seconds(CLOCK_MONOTONIC), processor: seconds(CLOCK_PROCESS_CPUTIME_ID))
    }

    static func - (left: Usage, right: Usage) -> Usage {
        Usage(wall: left.wall - right.wall, processor: left.processor - right.processor)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static var peakKibibytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}
