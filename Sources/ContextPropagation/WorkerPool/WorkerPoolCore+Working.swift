import Synchronization

extension WorkerPoolCore {
    // Unsafe because a checked continuation allocates, and its size is known only at run time. Workers park often.
    // `Shared` holds each of them until it is resumed: with a job, or with nil when the pool ends.
    typealias Parked = UnsafeContinuation<PoolJob?, Never>

    private func start(_ start: State.Start) {
        // Detached, so that the worker has neither the context of the code that needs it nor any other.
        let worker = start.worker
        let executor = shared.withLock { $0.executor }
        let task = Task.detached(name: "\(configuration.name)-\(worker)", executorPreference: executor) {
            await self.work(worker)
        }
        let cancelled = shared.withLock { shared -> PoolJob? in
            // The worker may have ended already, and another one may have its number.
            guard shared.state.workers[worker].generation == start.generation else { return nil }
            shared.set(task, of: worker)
            // The worker may run another job by now.
            return shared.state.workers[worker].isCancelled ? shared.state.workers[worker].job : nil
        }
        cancelled?.cancel(task, workerTaskID: taskID(of: worker))
    }

    /// Runs one job after another. While the worker is parked, it keeps no job, because a job keeps its result.
    private func work(_ worker: Int) async {
        let taskID = taskID(of: worker)
        var job = firstJob(of: worker)
        var began = MonotonicTime.now
        while let end = await job?.run(taskID) {
            let now = MonotonicTime.now
            let (turn, parked) = takeTurn(worker) { [began] in $0.finish(worker, end, began: began, now: now) }
            job?.publish()
            job = nil
            act(on: turn, parked)
            switch turn.step {
            case .run(let next):
                job = next
                began = now
            case .leave: return
            case .park:
                job = await park(worker)
                began = MonotonicTime.now
            }
        }
    }

    /// Returns the job for which a worker was started, or nil if the pool has ended without it. (The closure of the
    /// worker's task would keep the job until the task ends.)
    private func firstJob(of worker: Int) -> PoolJob? {
        shared.withLock { shared in
            let job = shared.state.workers[worker].job
            if job == nil { shared.set(nil, of: worker) }
            return job
        }
    }

    private func takeTurn(
        _ worker: Int,
        parking: Parked? = nil,
        _ event: @Sendable (inout State) -> State.Turn
    ) -> (State.Turn, Parked?) {
        shared.withLock { shared in
            let turn = event(&shared.state)
            switch turn.step {
            case .run: break
            case .leave: shared.set(nil, of: worker)
            case .park:
                if let parking {
                    shared.state.park(worker)
                    shared.park(worker, parking)
                }
            }
            return (turn, shared.takeParked(turn.beginning))
        }
    }

    private func act(on turn: State.Turn, _ parked: Parked?) {
        turn.returned?.resume()
        turn.admitted?.resolve(.success(()))
        if let beginning = turn.beginning { act(on: beginning, parked) }
        if turn.hasEnded { end() }
    }

    func act(on beginning: State.Beginning, _ parked: Parked?) {
        switch beginning {
        case .handed(_, let job): parked?.resume(returning: job)
        case .started(let worker): start(worker)
        }
    }

    private func park(_ worker: Int) async -> PoolJob? {
        await withUnsafeContinuation { continuation in
            let (turn, parked) = takeTurn(worker, parking: continuation) { $0.next(worker) }
            act(on: turn, parked)
            switch turn.step {
            case .run(let job): continuation.resume(returning: job)
            case .leave: continuation.resume(returning: nil)
            case .park: break
            }
        }
    }

    /// A task of the job begins to wait for a pool: another job may run meanwhile.
    func beginWaiting(_ job: PoolJob) {
        let (vacancy, parked) = shared.withLock { shared in
            let vacancy = shared.state.beginWaiting(job)
            return (vacancy, shared.takeParked(vacancy.beginning))
        }
        vacancy.returned?.resume()
        vacancy.admitted?.resolve(.success(()))
        if let beginning = vacancy.beginning { act(on: beginning, parked) }
    }

    /// The wait of a task of the job is over: waits until the job has a slot again.
    func endWaiting(_ job: PoolJob) async {
        if shared.withLock({ $0.state.endWaiting(job, nil) }) { return }
        await withUnsafeContinuation { continuation in
            if shared.withLock({ $0.state.endWaiting(job, continuation) }) { continuation.resume() }
        }
    }
}

extension WorkerPoolCore.Shared {
    /// The continuation of the parked worker that gets the job, if it is a parked one that does.
    mutating func takeParked(_ beginning: WorkerPoolCore.State.Beginning?) -> WorkerPoolCore.Parked? {
        guard case .handed(let worker, _) = beginning else { return nil }
        return unpark(worker)
    }
}
