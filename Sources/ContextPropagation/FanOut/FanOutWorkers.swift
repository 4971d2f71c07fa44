public import Synchronization

/// An element, and its index in the sequence.
@usableFromInline
struct FanOutJob<Element: Sendable>: Sendable {
    @usableFromInline let element: Element
    @usableFromInline let index: Int

    @inlinable
    init(element: Element, index: Int) {
        self.element = element
        self.index = index
    }
}

/// The result for one element, and the worker that waits for the next element.
@usableFromInline
struct FanOutReport<Element: Sendable, Output: Sendable>: Sendable {
    // Unsafe because a checked continuation allocates, and every element needs one. `FanOutState` holds each of them
    // until it is resumed: with an element, or with nil when the call ends.
    @usableFromInline typealias Worker = UnsafeContinuation<FanOutJob<Element>?, Never>

    @usableFromInline let index: Int
    @usableFromInline let result: Result<Output, any Error>
    /// Nil if the worker ends after this report.
    @usableFromInline var worker: Worker?

    @inlinable
    init(index: Int, result: Result<Output, any Error>) {
        self.index = index
        self.result = result
    }
}

/// The tasks of one call of `fanOut` that run bodies. A worker runs one body after another, because a task for each
/// element costs several times as much as a short body.
///
/// Only the caller of `fanOut` uses this value. The workers share its exchange.
@usableFromInline
struct FanOutWorkers<Element: Sendable, Output: Sendable> {
    @usableFromInline typealias Report = FanOutReport<Element, Output>

    @usableFromInline let exchange: FanOutExchange<Element, Output>
    /// Workers that wait for an element.
    @usableFromInline var idle: [Report.Worker] = []
    /// Reports that the caller has not taken, the oldest one last.
    @usableFromInline var reports: [Report] = []

    @inlinable
    init(_ plan: FanOutPlan<Element, Output>) {
        exchange = FanOutExchange(plan)
    }

    /// Gives the job to an idle worker. Returns false if none is idle: the caller must then start a worker, which takes
    /// the job itself. (The closure of a task would keep the element until the task ends.)
    @inlinable
    mutating func give(_ job: FanOutJob<Element>) -> Bool {
        if let worker = idle.popLast() {
            worker.resume(returning: job)
            return true
        }
        exchange.state.withLock { $0.firstJobs.append(job) }
        return false
    }

    /// Waits for the oldest report that was not taken.
    @inlinable
    mutating func nextReport() async -> Report {
        while true {
            if let report = reports.popLast() { return report }
            await exchange.untilReported()
            exchange.state.withLock { $0.take(&reports) }
            for index in reports.indices {
                if let worker = reports[index].worker.take() { idle.append(worker) }
            }
            reports.reverse()
        }
    }

    /// Ends the idle workers, and makes every other worker end after its report. No more jobs may follow.
    @inlinable
    mutating func close() {
        for worker in idle { worker.resume(returning: nil) }
        idle = []
        for worker in exchange.state.withLock({ $0.close() }) { worker.resume(returning: nil) }
    }

    /// Ends all workers, as ``close()`` does, and also those that have not begun. A worker that has not begun the job
    /// that it was given does not run it. Nobody may wait for a report then.
    @inlinable
    mutating func end() {
        exchange.hasEnded.store(true, ordering: .releasing)
        close()
        // The jobs are released outside the lock, because a release may run any code.
        _ = exchange.state.withLock { $0.removeFirstJobs() }
    }
}

/// The object that the caller of `fanOut` shares with its workers.
@usableFromInline
final class FanOutExchange<Element: Sendable, Output: Sendable>: Sendable {
    @usableFromInline typealias Report = FanOutReport<Element, Output>
    @usableFromInline typealias State = FanOutState<FanOutJob<Element>, Report, UnsafeContinuation<Void, Never>>

    @usableFromInline let plan: FanOutPlan<Element, Output>
    @usableFromInline let state = Mutex(State())
    /// Whether no further body may begin. The group cancels one task after another when the call ends. Meanwhile, a
    /// worker that is not cancelled yet could begin a body on a thread that another one leaves.
    @usableFromInline let hasEnded = Atomic<Bool>(false)

    @inlinable
    init(_ plan: FanOutPlan<Element, Output>) {
        self.plan = plan
    }

    /// Runs the body for one job after another. While a worker waits, it keeps neither its last element nor its last
    /// result.
    @inlinable
    func work() async {
        var job = state.withLock { $0.firstJobs.popLast() }
        while job != nil {
            var report = await run(&job)
            job = await nextJob(&report)
        }
    }

    @inlinable
    func run(_ job: inout FanOutJob<Element>?) async -> Report? {
        guard let next = job.take() else { return nil }
        if hasEnded.load(ordering: .acquiring) {
            return Report(index: next.index, result: .failure(CancellationError()))
        }
        return Report(index: next.index, result: await plan.run(next.element, next.index))
    }

    /// Hands the report over, and waits for the next job. The result is nil if the worker must end.
    @inlinable
    func nextJob(_ report: inout Report?) async -> FanOutJob<Element>? {
        // A task that was cancelled, possibly by its body, must not run another body.
        let isSpent = Task.isCancelled
        return await withUnsafeContinuation { worker in
            guard var report = report.take() else { return worker.resume(returning: nil) }
            let (reader, isWaiting) = state.withLock { state in
                let isWaiting = !isSpent && !state.isClosed
                if isWaiting { report.worker = worker }
                return (state.add(report), isWaiting)
            }
            if !isWaiting { worker.resume(returning: nil) }
            reader?.resume()
        }
    }

    /// Waits until there is a report.
    @inlinable
    func untilReported() async {
        if state.withLock({ $0.hasReports }) { return }
        await withUnsafeContinuation { reader in
            if state.withLock({ $0.wait(reader) }) { return }
            reader.resume()
        }
    }
}
