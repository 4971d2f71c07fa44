internal import ContextLog
internal import ContextPropagation
internal import Synchronization

// Workers are tasks that take one handler's work after another. They start without the context of any caller.
extension ParallelEngine {
    enum Turn: ~Copyable {
        case run(ParallelTask)
        case wait
        case end
    }

    enum Wake {
        case resume(UnsafeContinuation<Void, Never>)
        case start
    }

    /// Wakes workers as long as there is work for them.
    func wakeWorkers() {
        while let wake = state.withLock({ $0.nextWake() }) { perform(wake) }
    }

    private func perform(_ wake: Wake) {
        switch wake {
        case .resume(let worker): worker.resume()
        case .start:
            let task = Task.detached { await self.work() }
            state.withLock { $0.workers.append(task) }
        }
    }

    private func work() async {
        // All workers share the handler: each of them counts one reference to it, and not one for each record.
        let work = work
        var turn = take()
        var turns = 0
        while true {
            switch consume turn {
            case .run(let task):
                let results = await handle(task, work)
                // Handlers that never suspend must not keep a thread of the pool for good.
                turns += 1
                if turns & 127 == 0 { await Task.yield() }
                turn = take(after: task, results)
            case .wait:
                await park()
                turn = take()
            case .end: return
            }
        }
    }

    private func park() async {
        await withUnsafeContinuation { continuation in
            let isReady = state.withLock { state in
                if state.areWorkersEnded || state.hasWork {
                    // It counts as woken.
                    state.waking += 1
                    return true
                }
                state.idle.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Runs the handler.
    ///
    /// - Returns: The fate of each record; nil if the handler succeeded.
    @inline(__always)
    private func handle(_ task: borrowing ParallelTask, _ work: ParallelWork) async -> [ParallelResult]? {
        do {
            switch work {
            case .record(let handler):
                let context = task.record.context
                if MessagingSpan.isProcessTraced(context) {
                    let record = task.record
                    try await MessagingSpan.process([record], in: context, groupID: groupID) {
                        try await handler(record)
                    }
                } else {
                    try await LogContext.$current.withValue(context) { try await handler(task.record) }
                }
            case .batch(let handler, _):
                return try await handle(ParallelBatch(task.records), task.id, task.others, handler)
            }
            return nil
        } catch {
            return [ParallelResult(settlement: decide(task.id, task.record, error), error: error)]
        }
    }

    /// Runs the handler with a batch, and with each of its records alone if that fails.
    ///
    /// - Parameters:
    ///   - first: The name of the batch's first record in the scheduler.
    ///   - others: The other records.
    /// - Returns: The fate of each record; nil if the handler succeeded.
    /// - Throws: The error of the handler for a batch of one record.
    func handle(
        _ batch: ParallelBatch,
        _ first: ScheduledJobID,
        _ others: [ParallelJob],
        _ handler: @Sendable (ParallelBatch) async throws -> Void
    ) async throws -> [ParallelResult]? {
        do {
            try await run(handler, batch)
            return nil
        } catch {
            if batch.count == 1 { throw error }
            let jobs = [first] + others.map(\.id)
            logFailure(of: batch, jobs, error)
            return await handleSingly(batch, jobs, handler)
        }
    }

    private func run(_ handler: @Sendable (ParallelBatch) async throws -> Void, _ batch: ParallelBatch) async throws {
        if MessagingSpan.isProcessTraced(batch.context) {
            return try await MessagingSpan.process(batch.records, in: batch.context, groupID: groupID) {
                try await handler(batch)
            }
        }
        try await LogContext.$current.withValue(batch.context) { try await handler(batch) }
    }

    /// Handles each record of a batch that failed alone, so that the retry policy decides only about records that fail
    /// by themselves. Records that must follow one of those are not handled, and neither are records of lost
    /// partitions: their next owner may handle them at this moment.
    private func handleSingly(
        _ batch: ParallelBatch,
        _ jobs: [ScheduledJobID],
        _ handler: @Sendable (ParallelBatch) async throws -> Void
    ) async -> [ParallelResult] {
        var failed: Set<ParallelLanes.Place> = []
        var isStopped = false
        var results: [ParallelResult] = []
        for (job, record) in zip(jobs, batch) {
            let place = lanes.place(of: record)
            let (isStopping, isLost) = state.withLock { ($0.parallel.isStopping, $0.parallel.isFenced(job)) }
            isStopped = isStopped || isStopping || Task.isCancelled
            if isStopped || isLost || place.map({ failed.contains($0) }) == true {
                results.append(.init(settlement: .notHandled))
                continue
            }
            do {
                try await run(handler, ParallelBatch([record]))
                results.append(.init(settlement: .succeeded))
            } catch {
                let settlement = decide(job, record, error)
                results.append(.init(settlement: settlement, error: error))
                if settlement == .stop { isStopped = true }
                if let place, settlement != .skip { failed.insert(place) }
            }
        }
        return results
    }

    /// Takes the next records, for a worker that was woken.
    private func take() -> Turn {
        let now = MonotonicTime.now
        var turn = Turn.wait
        var wake: Wake?
        state.withLock { state in
            state.waking -= 1
            turn = state.nextTurn(batch: batchSize, now: now, wake: &wake)
        }
        if let wake { perform(wake) }
        return turn
    }

    /// Settles the records of a handler that has ended, and takes the next ones.
    ///
    /// The caller keeps the task until this call has returned. The last record of a batch frees the memory of all of
    /// them, and all workers would wait if that happened under the lock.
    private func take(after task: borrowing ParallelTask, _ results: [ParallelResult]?) -> Turn {
        let now = MonotonicTime.now
        var turn = Turn.wait
        var wake: Wake?
        var signals: ParallelSignals = []
        var letters: [PendingLetter] = []
        state.withLock { state in
            signals = state.end(task, results, now: now, letters: &letters)
            turn = state.nextTurn(batch: batchSize, now: now, wake: &wake)
        }
        if let wake { perform(wake) }
        if !signals.isEmpty { follow(signals) }
        for letter in letters { send(letter) }
        return turn
    }

    /// Ends the workers when their handlers have ended.
    func endWorkers() {
        let idle = state.withLock { state in
            state.areWorkersEnded = true
            defer { state.idle = [] }
            state.waking += state.idle.count
            return state.idle
        }
        for worker in idle { worker.resume() }
    }

    /// Cancels the tasks of handlers that do not end.
    func cancelHandlers() {
        let workers = state.withLock { $0.workers }
        for worker in workers { worker.cancel() }
    }
}

extension ParallelEngine.State {
    /// Whether a handler may begin.
    var hasWork: Bool {
        parallel.ready > 0 && parallel.running < parallel.limits.maxConcurrency && !parallel.isStopping
    }

    /// The worker to wake, if there is work for one more.
    mutating func nextWake() -> ParallelEngine.Wake? {
        guard waking < ParallelEngine.width, hasWork else { return nil }
        if let worker = idle.popLast() {
            waking += 1
            return .resume(worker)
        }
        if workerCount >= parallel.limits.maxConcurrency { return nil }
        workerCount += 1
        waking += 1
        return .start
    }

    /// The next turn of a worker, and the worker to wake.
    mutating func nextTurn(batch: Int, now: UInt64, wake: inout ParallelEngine.Wake?) -> ParallelEngine.Turn {
        if areWorkersEnded { return .end }
        guard let task = begin(batch: batch, now: now) else { return .wait }
        wake = nextWake()
        return .run(task)
    }

    private mutating func begin(batch: Int, now: UInt64) -> ParallelTask? {
        if batch == 1 {
            guard let id = parallel.begin(now: now) else { return nil }
            return ParallelTask(id: id, record: record(id, now))
        }
        var jobs: [ScheduledJobID] = []
        guard parallel.beginBatch(now: now, into: &jobs), let first = jobs.first else { return nil }
        return ParallelTask(
            id: first,
            record: record(first, now),
            others: jobs.dropFirst().map { ParallelJob(id: $0, record: record($0, now)) }
        )
    }

    private mutating func record(_ id: ScheduledJobID, _ now: UInt64) -> KafkaRecord {
        // A record that begins is there.
        guard let entry = parallel.scheduler.records[id.index] else {
            preconditionFailure("the record of a handler that begins is gone")
        }
        let attempt = parallel.scheduler.jobs[id.index].attempts
        guard attempt == 1 else {
            // The wait for a later attempt is the backoff of the retry policy: it is not measured.
            var record = entry.record
            record.attempt = attempt
            return record
        }
        if parallel.scheduler.jobs[id.index].wasPutBack { return entry.record }
        let waited = MonotonicTime.elapsed(from: entry.received, to: now)
        meters.noteBegin(partition: parallel.scheduler.jobs[id.index].partition, waited: waited)
        return entry.record
    }

    /// Settles the records of a handler that has ended.
    ///
    /// - Parameter results: The fate of each record; nil if the handler succeeded.
    mutating func end(
        _ task: borrowing ParallelTask,
        _ results: [ParallelResult]?,
        now: UInt64,
        letters: inout [PendingLetter]
    ) -> ParallelSignals {
        defer { parallel.endHandler() }
        guard let results else {
            var signals = settle(task.id, .succeeded, now: now)
            for job in task.others { signals.formUnion(settle(job.id, .succeeded, now: now)) }
            return signals
        }
        var signals: ParallelSignals = []
        for (job, result) in zip([task.id] + task.others.map(\.id), results) {
            let signal = settle(job, result.settlement, now: now)
            signals.formUnion(signal)
            guard let error = result.error else { continue }
            if result.settlement == .deadLetter, let letter = addLetter(job, error) { letters.append(letter) }
            if signal.contains(.stopped), failure == nil { failure = error }
        }
        return signals
    }

    /// Settles a record, and measures its handler.
    private mutating func settle(_ id: ScheduledJobID, _ settlement: ParallelSettlement, now: UInt64) -> ParallelSignals
    {
        guard let index = parallel.scheduler.index(of: id), !parallel.scheduler.jobs[index].isFenced else {
            return parallel.settle(id, settlement)
        }
        let partition = parallel.scheduler.jobs[index].partition
        let ran = MonotonicTime.elapsed(from: parallel.scheduler.jobs[index].since, to: now)
        let retried = parallel.counts.retried
        var signals = parallel.settle(id, settlement)
        if pacing.wakes(finished: parallel.counts.finished) { signals.insert(.reopened) }
        meters.noteEnd(partition: partition, settlement, isRetried: parallel.counts.retried > retried, ran: ran)
        return signals
    }
}
