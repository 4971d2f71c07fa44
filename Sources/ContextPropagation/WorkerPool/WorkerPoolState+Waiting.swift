/// Jobs that wait for a pool. They release their slot, and take one again before they continue.
extension WorkerPoolState {
    /// The actions after a job has released its slot.
    struct Vacancy {
        /// The task that may continue: its job got the slot, or needs none because another of its tasks waits.
        var returned: Returner?
        /// The job that begins in the slot.
        var beginning: Beginning?
        /// The submitter that got a place in the queue.
        var admitted: Submitter?
    }

    /// A task of `job` begins to wait for a pool.
    mutating func beginWaiting(_ job: Job) -> Vacancy {
        guard phase != .ended else { return Vacancy() }
        switch job.place {
        case .running(let worker):
            job.place = .waiting(worker: worker)
            job.waitingTasks = 1
            statistics.running -= 1
            statistics.waiting += 1
            if let returned = readmit() { return Vacancy(returned: returned) }
            let (beginning, admitted) = fill()
            return Vacancy(beginning: beginning, admitted: admitted)
        case .waiting:
            job.waitingTasks += 1
        case .returning(let worker):
            // The job is waiting again, so the task that resumed continues without a slot.
            job.place = .waiting(worker: worker)
            job.waitingTasks = 1
            return Vacancy(returned: takeReturner(of: job))
        case .suspended, .queued, .ended:
            // A task that outlived its job.
            break
        }
        return Vacancy()
    }

    /// The wait of a task of `job` is over.
    ///
    /// While other tasks of the job wait, the job is waiting, and the task continues without a slot: a task that held
    /// one could wait for those others.
    ///
    /// - Parameter returner: The task, to be returned as `returned` when its job gets a slot. If it is nil and no slot
    ///   is free, nothing changes, and the task asks again with a returner.
    /// - Returns: Whether the task continues immediately.
    mutating func endWaiting(_ job: Job, _ returner: Returner?) -> Bool {
        guard case .waiting(let worker) = job.place, phase != .ended else { return true }
        if job.waitingTasks > 1 {
            job.waitingTasks -= 1
            return true
        }
        if hasFreeSlot {
            takeSlot(job, worker)
            return true
        }
        guard let returner else { return false }
        job.waitingTasks = 0
        job.place = .returning(worker: worker)
        returning.append((job, returner))
        return false
    }

    /// Removes a job that has ended. Returns the task that may now continue.
    mutating func release(_ job: Job) -> Returner? {
        defer {
            job.place = .ended
            job.waitingTasks = 0
        }
        switch job.place {
        case .running:
            statistics.running -= 1
            return readmit()
        case .waiting:
            // Tasks that outlived the job may still wait, but nothing else waits with them.
            statistics.waiting -= 1
            return nil
        case .returning:
            statistics.waiting -= 1
            return takeReturner(of: job)
        case .suspended, .queued, .ended:
            return nil
        }
    }

    /// Passes a free slot to the job that resumed first.
    private mutating func readmit() -> Returner? {
        guard hasFreeSlot, let next = returning.popFirst() else { return nil }
        if case .returning(let worker) = next.job.place { takeSlot(next.job, worker) }
        return next.returner
    }

    private mutating func takeSlot(_ job: Job, _ worker: Int) {
        job.place = .running(worker: worker)
        job.waitingTasks = 0
        statistics.running += 1
        statistics.waiting -= 1
    }

    private mutating func takeReturner(of job: Job) -> Returner? {
        returning.removeFirst { $0.job === job }?.returner
    }
}
