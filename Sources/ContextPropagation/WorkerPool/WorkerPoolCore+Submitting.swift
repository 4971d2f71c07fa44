import Synchronization

extension WorkerPoolCore {
    /// Takes the job, or throws immediately.
    func trySubmit(_ job: AnyPoolJob) throws(WorkerPoolError) {
        switch offer(job) {
        case .full:
            shared.withLock { $0.state.refuse() }
            throw error(.full)
        case .shutdown: throw error(.shutdown)
        case .queued, .begun: return
        }
    }

    /// Takes the job, and waits while the queue is full.
    func submit(_ job: AnyPoolJob) async throws {
        // Most jobs find a place. Only the others need a promise.
        switch offer(job) {
        case .queued, .begun: return
        case .shutdown: throw error(.shutdown)
        case .full: break
        }
        let admission = Admission()
        switch offer(job, orSuspend: admission) {
        case .queued, .begun: return
        case .shutdown: throw error(.shutdown)
        case .full: break
        }
        try await withTaskCancellationHandler {
            try await AnyPoolJob.waiting { try await admission.value.get() }
        } onCancel: {
            guard self.withdraw(job) else { return }
            // Outside the lock: the job may hold the last reference to the pool.
            job.resolve(CancellationError())
            admission.resolve(.failure(CancellationError()))
        }
    }

    private func offer(_ job: AnyPoolJob, orSuspend admission: Admission? = nil) -> State.Submission {
        let inside = AnyPoolJob.current(of: self)
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
    private func withdraw(_ job: AnyPoolJob) -> Bool {
        shared.withLock { shared in
            guard job.place == .suspended else { return false }
            _ = shared.state.cancel(job)
            return true
        }
    }
}
