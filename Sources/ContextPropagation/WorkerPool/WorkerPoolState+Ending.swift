extension WorkerPoolState {
    enum Cancellation: Equatable {
        /// The job will not begin, and its handle must be told.
        case dropped
        /// Cancel the task of this worker.
        case cancel(worker: Int)
        case tooLate
    }

    mutating func cancel(_ job: Job) -> (Cancellation, admitted: Submitter?) {
        switch job.place {
        case .suspended:
            job.place = .ended
            statistics.suspended -= 1
            statistics.refused += 1
            sweep()
            return (.dropped, nil)
        case .queued:
            job.place = .ended
            statistics.queued -= 1
            statistics.cancelled += 1
            sweep()
            return (.dropped, phase == .open ? admit() : nil)
        case .running(let worker), .waiting(let worker), .returning(let worker):
            guard phase != .ended else { return (.tooLate, nil) }
            workers[worker].isCancelled = true
            return (.cancel(worker: worker), nil)
        case .ended:
            return (.tooLate, nil)
        }
    }

    struct Ending {
        /// Parked workers, which must end.
        var idle: [Int] = []
        /// Submitters that wait for a place and do not get one.
        var rejected: [Submitter] = []
        /// Jobs that will not begin.
        var dropped: [Job] = []
        /// Workers whose task must be cancelled, each with its job.
        var cancelled: [(worker: Int, job: Job)] = []
        /// Whether this call began the ending, and no earlier one.
        var hasBegun = false
        var hasEnded = false
    }

    /// Takes no more jobs, and runs those that it has.
    mutating func drain() -> Ending {
        guard phase == .open else { return Ending() }
        phase = .draining
        var ending = Ending(idle: takeIdle(), rejected: rejectSuspended(), hasBegun: true)
        ending.hasEnded = endIfDone()
        return ending
    }

    /// Takes no more jobs, drops the jobs in the queue, and cancels the running ones.
    mutating func abort() -> Ending {
        guard phase == .open || phase == .draining else { return Ending() }
        phase = .aborting
        var ending = Ending(idle: takeIdle(), rejected: rejectSuspended(), hasBegun: true)
        while let (job, _) = takeJob() {
            job.place = .ended
            statistics.aborted += 1
            ending.dropped.append(job)
        }
        for worker in workers.indices {
            guard let job = workers[worker].job else { continue }
            workers[worker].isCancelled = true
            ending.cancelled.append((worker, job))
        }
        ending.hasEnded = endIfDone()
        return ending
    }

    struct Abandonment {
        /// The jobs that still run.
        var jobs: [Job]
        /// Tasks of those jobs that waited for a slot. They continue, because the pool has no slots any more.
        var returned: [Returner]
    }

    /// Ends the pool without the jobs that still run after `abort`. Returns nil if there is nothing to end.
    mutating func abandon() -> Abandonment? {
        guard phase == .aborting else { return nil }
        phase = .ended
        let jobs = workers.compactMap(\.job)
        for job in jobs { job.place = .ended }
        statistics.running = 0
        statistics.waiting = 0
        statistics.abandoned += jobs.count
        workers = workers.map { _ in Worker() }
        var returned: [Returner] = []
        while let next = returning.popFirst() { returned.append(next.returner) }
        return Abandonment(jobs: jobs, returned: returned)
    }

    private mutating func rejectSuspended() -> [Submitter] {
        var rejected: [Submitter] = []
        while let next = takeSuspended() {
            next.job.place = .ended
            statistics.accepted -= 1
            statistics.refused += 1
            rejected.append(next.submitter)
        }
        return rejected
    }
}
