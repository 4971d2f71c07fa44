/// The reports that the caller of `fanOut` has not taken, and the caller while it waits for one. A pure value.
@usableFromInline
struct FanOutState<Job, Report, Reader> {
    /// The first jobs of workers that have not begun.
    @usableFromInline var firstJobs: [Job] = []
    @usableFromInline var reports: [Report] = []
    @usableFromInline var reader: Reader?
    /// Whether no more jobs follow.
    @usableFromInline var isClosed = false

    @inlinable
    init() {}

    @inlinable var hasReports: Bool { !reports.isEmpty }

    /// Adds a report. Returns the reader to resume, if it waits.
    @inlinable
    mutating func add(_ report: Report) -> Reader? {
        reports.append(report)
        return reader.take()
    }

    /// Lets the reader wait for the next report. Returns false, and changes nothing, if there is a report.
    @inlinable
    mutating func wait(_ reader: Reader) -> Bool {
        guard reports.isEmpty else { return false }
        self.reader = reader
        return true
    }

    /// Exchanges the reports, the oldest one first, for an empty array, whose storage is used again.
    @inlinable
    mutating func take(_ empty: inout [Report]) {
        swap(&reports, &empty)
    }
}

extension FanOutState {
    /// Notes that no more jobs follow. Returns the workers of the reports that were not taken.
    @inlinable
    mutating func close<Element, Output>() -> [Report.Worker] where Report == FanOutReport<Element, Output> {
        isClosed = true
        return reports.indices.compactMap { reports[$0].worker.take() }
    }

    /// Removes the first jobs of the workers that have not begun.
    @inlinable
    mutating func removeFirstJobs() -> [Job] {
        defer { firstJobs = [] }
        return firstJobs
    }
}
