import Synchronization

extension WorkerPoolCore {
    /// Makes a job of the caller's context.
    @usableFromInline
    func job(_ taskID: String?, _ fileID: StaticString, _ line: UInt, _ body: @escaping PoolJob.Body) -> PoolJob {
        PoolJob(self, .capture(.current, fileID, line), taskID: taskID, body)
    }

    /// Takes the job, or throws immediately.
    @usableFromInline
    func trySubmit(_ job: PoolJob) throws(WorkerPoolError) {
        guard try !takes(job) else { return }
        shared.withLock { $0.state.refuse() }
        throw error(.full)
    }

    /// Takes the job. Returns false if the queue is full.
    @usableFromInline
    func takes(_ job: PoolJob) throws(WorkerPoolError) -> Bool {
        switch offer(job) {
        case .queued, .begun: return true
        case .shutdown: throw error(.shutdown)
        case .full: return false
        }
    }

    /// Takes the job, and waits while the queue is full.
    @usableFromInline
    func submitWaiting(_ job: PoolJob) async throws {
        let admission = Admission()
        switch offer(job, orSuspend: admission) {
        case .queued, .begun: return
        case .shutdown: throw error(.shutdown)
        case .full: break
        }
        try await withTaskCancellationHandler {
            try await PoolJob.waiting { try await admission.value.get() }
        } onCancel: {
            guard self.withdraw(job) else { return }
            // Outside the lock: the job may hold the last reference to the pool.
            job.resolve(CancellationError())
            admission.resolve(.failure(CancellationError()))
        }
    }

    private func offer(_ job: PoolJob, orSuspend admission: Admission? = nil) -> State.Submission {
        let inside = PoolJob.current(of: self)
        let (submission, parked) = shared.withLock { shared in
            let submission = shared.state.submit(job, inside: inside)
            switch submission {
            case .full:
                if let admission { shared.state.suspend(job, admission) }
            case .begun(let beginning):
                return (submission, shared.takeParked(beginning))
            case .queued, .shutdown:
                break
            }
            return (submission, nil)
        }
        if case .begun(let beginning) = submission { act(on: beginning, parked) }
        return submission
    }

    /// Whether the job waited for a place until now.
    private func withdraw(_ job: PoolJob) -> Bool {
        shared.withLock { shared in
            guard job.place == .suspended else { return false }
            _ = shared.state.cancel(job)
            return true
        }
    }
}
