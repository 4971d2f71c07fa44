extension WorkerPoolState {
    enum Cancellation: Equatable {
        /// The job will not begin: it is to be resolved.
        case dropped
        /// The task of that worker is to be cancelled.
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
        case .running(let worker):
            guard phase != .ended else { return (.tooLate, nil) }
            slots[worker].isSpent = true
            return (.cancel(worker: worker), nil)
        case .ended:
            return (.tooLate, nil)
        }
    }

    struct Ending {
        /// Parked workers, which are to end.
        var idle: [Int] = []
        /// Submitters who wait for a place, which they do not get.
        var rejected: [Submitter] = []
        /// Jobs that will not begin.
        var dropped: [Job] = []
        /// Workers whose task is to be cancelled.
        var cancelled: [Int] = []
        /// Whether this call, and none before, has begun it.
        var hasBegun = false
        var hasEnded = false
    }

    /// Takes no more jobs, and lets those that were taken run.
    mutating func drain() -> Ending {
        guard phase == .open else { return Ending() }
        phase = .draining
        var ending = Ending(idle: takeIdle(), rejected: rejectSuspended(), hasBegun: true)
        ending.hasEnded = endIfDone()
        return ending
    }

    /// Takes no more jobs, drops those in the queue, and cancels those that run.
    mutating func abort() -> Ending {
        guard phase == .open || phase == .draining else { return Ending() }
        phase = .aborting
        var ending = Ending(idle: takeIdle(), rejected: rejectSuspended(), hasBegun: true)
        while let (job, _) = takeJob() {
            job.place = .ended
            statistics.aborted += 1
            ending.dropped.append(job)
        }
        for worker in slots.indices where slots[worker].job != nil {
            slots[worker].isSpent = true
            ending.cancelled.append(worker)
        }
        ending.hasEnded = endIfDone()
        return ending
    }

    /// Ends the pool without the jobs that still run after `abort`. Nil where there is nothing to end.
    mutating func abandon() -> [Job]? {
        guard phase == .aborting else { return nil }
        phase = .ended
        let jobs = slots.compactMap(\.job)
        for job in jobs { job.place = .ended }
        statistics.running -= jobs.count
        statistics.abandoned += jobs.count
        slots = slots.map { _ in Slot() }
        return jobs
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
