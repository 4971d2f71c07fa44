import Synchronization

extension WorkerPoolCore {
    /// The actions that follow when the pool ends.
    private struct Aftermath {
        var ending: State.Ending
        var parked: [Parked]
        var tasks: [(job: PoolJob, worker: Int, task: Task<Void, Never>)]

        init(_ ending: State.Ending, _ shared: inout Shared) {
            self.ending = ending
            parked = ending.idle.compactMap { shared.unpark($0) }
            tasks = ending.cancelled.compactMap { worker, job in
                shared.task(of: worker).map { (job, worker, $0) }
            }
        }
    }

    func cancel(_ job: PoolJob) {
        let (cancellation, admitted, task) = shared.withLock {
            shared -> (State.Cancellation, Admission?, Task<Void, Never>?) in
            let (cancellation, admitted) = shared.state.cancel(job)
            guard case .cancel(let worker) = cancellation else { return (cancellation, admitted, nil) }
            return (cancellation, admitted, shared.task(of: worker))
        }
        admitted?.resolve(.success(()))
        switch cancellation {
        case .cancel(let worker): if let task { job.cancel(task, workerTaskID: taskID(of: worker)) }
        case .dropped: job.resolve(CancellationError())
        case .tooLate: break
        }
    }

    /// Takes no more jobs and runs those that it has. Aborts after `limit`, if there is one.
    func drain(within limit: Duration? = nil) {
        let (aftermath, isDraining) = shared.withLock { shared in
            (Aftermath(shared.state.drain(), &shared), shared.state.phase == .draining)
        }
        act(on: aftermath)
        if let limit, isDraining { schedule(after: limit, replacingEarlier: false) { $0.abort() } }
    }

    /// Takes no more jobs, drops the jobs in the queue, cancels the running ones, and ends without those that do not
    /// react.
    func abort() {
        let aftermath = shared.withLock { Aftermath($0.state.abort(), &$0) }
        act(on: aftermath)
        if aftermath.ending.hasBegun {
            schedule(after: configuration.abandonAfter, replacingEarlier: true) { $0.abandon() }
        }
    }

    /// Waits until the pool has ended. A job that waits for this releases its slot meanwhile.
    func untilEnded() async {
        if ended.resolved != nil { return }
        await PoolJob.waiting { _ = await ended.value }
    }

    /// Throws if the pool has ended without some of its jobs.
    func checkAbandoned() throws(WorkerPoolError) {
        if let abandoned = ended.resolved, abandoned > 0 { throw error(.abandoned, jobs: abandoned) }
    }

    private func act(on aftermath: Aftermath) {
        for continuation in aftermath.parked { continuation.resume(returning: nil) }
        for (job, worker, task) in aftermath.tasks { job.cancel(task, workerTaskID: taskID(of: worker)) }
        for job in aftermath.ending.dropped { job.resolve(error(.aborted)) }
        for admission in aftermath.ending.rejected { admission.resolve(.failure(error(.shutdown))) }
        if aftermath.ending.hasEnded { end() }
    }

    private func abandon() {
        guard let abandonment = shared.withLock({ $0.state.abandon() }) else { return }
        for job in abandonment.jobs { job.resolve(error(.abandoned)) }
        for continuation in abandonment.returned { continuation.resume() }
        // Even if no job is left: a worker between two jobs has nothing to end.
        end(abandoned: abandonment.jobs.count)
    }

    func end(abandoned: Int = 0) {
        ended.resolve(abandoned)
        // Outside the lock: it may be the last reference, and then its threads end.
        _ = shared.withLock { $0.executor.take() }
        timer.withLock { $0.take() }?.cancel()
    }

    /// Does something after `limit`, unless the pool ends first.
    ///
    /// - Parameter replacingEarlier: Whether this replaces an action that is already scheduled. If not, the earlier one
    ///   stays.
    private func schedule(
        after limit: Duration,
        replacingEarlier: Bool,
        _ act: @escaping @Sendable (WorkerPoolCore) -> Void
    ) {
        guard ended.resolved == nil else { return }
        // A clock cannot hold every duration.
        let limit = min(limit, .seconds(1_000_000_000))
        let replaced = timer.withLock { timer -> Task<Void, Never>? in
            guard replacingEarlier || timer == nil else { return nil }
            let replaced = timer
            timer = Task.detached {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                act(self)
            }
            return replaced
        }
        replaced?.cancel()
        // The pool may have ended before the timer was set.
        if ended.resolved != nil { timer.withLock { $0.take() }?.cancel() }
    }
}
