import Synchronization

/// What a pool, its workers and its handles share. The workers keep it alive, and not the pool, so that a pool that is
/// dropped ends.
final class WorkerPoolCore: Sendable {
    typealias Admission = Promise<Result<Void, any Error>>
    typealias State = WorkerPoolState<AnyPoolJob, Admission>

    let configuration: WorkerPool.Configuration
    private let shared: Mutex<Shared>
    /// How many jobs were left running.
    private let ended = Promise<Int>()
    private let timer = Mutex<Task<Void, Never>?>(nil)

    private struct Shared {
        var state: State
        /// Let go when the pool has ended: a handle that is kept keeps no threads.
        var executor: (any TaskExecutor)?
        var parked: [Int: CheckedContinuation<AnyPoolJob?, Never>] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    init(_ configuration: WorkerPool.Configuration) {
        self.configuration = configuration
        let executor: (any TaskExecutor)? =
            switch configuration.execution.backing {
            case .cooperative: nil
            case .threads: ThreadPoolExecutor(threads: configuration.workers, name: configuration.name)
            case .executor(let executor): executor
            }
        let state = State(workers: configuration.workers, capacity: configuration.queueCapacity)
        shared = Mutex(Shared(state: state, executor: executor))
    }

    var statistics: WorkerPool.Statistics {
        var statistics = shared.withLock { $0.state.statistics }
        statistics.pool = configuration.name
        return statistics
    }

    /// Whether the code runs inside of a job of this pool.
    var isInside: Bool {
        guard let job = AnyPoolJob.current(of: self) else { return false }
        return shared.withLock { $0.state.isRunning(job) }
    }

    private func error(_ code: WorkerPoolError.Code, jobs: Int = 1) -> WorkerPoolError {
        WorkerPoolError(code, pool: configuration.name, jobs: jobs)
    }
}

// MARK: - Submitting

extension WorkerPoolCore {
    /// Takes the job or says at once why not.
    func trySubmit(_ job: AnyPoolJob) throws(WorkerPoolError) {
        switch offer(job) {
        case .full:
            shared.withLock { $0.state.refuse() }
            throw error(.full)
        case .shutdown: throw error(.shutdown)
        case .queued, .handed, .start: return
        }
    }

    /// Takes the job, and waits while the queue is full.
    func submit(_ job: AnyPoolJob) async throws {
        // Most find a place, and then there is nothing to wait with.
        switch offer(job) {
        case .queued, .handed, .start: return
        case .shutdown: throw error(.shutdown)
        case .full: break
        }
        let admission = Admission()
        switch offer(job, orSuspend: admission) {
        case .queued, .handed, .start: return
        case .shutdown: throw error(.shutdown)
        case .full: break
        }
        try await withTaskCancellationHandler {
            try await AnyPoolJob.waiting { try await admission.value.get() }
        } onCancel: {
            guard self.withdraw(job) else { return }
            // Outside the lock: what the job holds may be the pool's last reference.
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
            case .handed(let worker):
                return (submission, shared.parked.removeValue(forKey: worker))
            case .queued, .start, .shutdown:
                break
            }
            return (submission, nil)
        }
        if case .start(let worker) = submission { start(worker) }
        parked?.resume(returning: job)
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

// MARK: - Working

extension WorkerPoolCore {
    private func start(_ start: State.Start) {
        // Detached, so that a worker is in no context: neither in that of the job which it was made for nor in any
        // other.
        let worker = start.worker
        let job = start.job
        let executor = shared.withLock { $0.executor }
        let task = Task.detached(name: "\(configuration.name)-\(worker)", executorPreference: executor) {
            await self.work(worker, job)
        }
        let isSpent = shared.withLock { shared in
            // The worker may have ended already, and its number be another's.
            guard shared.state.slots[start.worker].life == start.life else { return false }
            shared.tasks[start.worker] = task
            return shared.state.slots[start.worker].isSpent
        }
        if isSpent { task.cancel() }
    }

    private func work(_ worker: Int, _ first: AnyPoolJob) async {
        let taskID = configuration.taskIDs.backing == .worker ? "\(configuration.name)-\(worker)" : nil
        var job = first
        while true {
            let began = MonotonicTime.now
            let run = await job.run(taskID)
            let turn = takeTurn(worker) { $0.finish(worker, run.end, began: began, now: MonotonicTime.now) }
            run.publish()
            act(on: turn)
            switch turn.step {
            case .run(let next): job = next
            case .leave: return
            case .park:
                guard let next = await park(worker) else { return }
                job = next
            }
        }
    }

    private func takeTurn(
        _ worker: Int,
        parking: CheckedContinuation<AnyPoolJob?, Never>? = nil,
        _ event: (inout State) -> State.Turn
    ) -> State.Turn {
        shared.withLock { shared in
            let turn = event(&shared.state)
            switch turn.step {
            case .run: break
            case .leave: shared.tasks[worker] = nil
            case .park:
                if let parking {
                    shared.state.park(worker)
                    shared.parked[worker] = parking
                }
            }
            return turn
        }
    }

    private func act(on turn: State.Turn) {
        turn.admitted?.resolve(.success(()))
        if let successor = turn.successor { start(successor) }
        if turn.hasEnded { end() }
    }

    private func park(_ worker: Int) async -> AnyPoolJob? {
        await withCheckedContinuation { continuation in
            let turn = takeTurn(worker, parking: continuation) { $0.next(worker) }
            act(on: turn)
            switch turn.step {
            case .run(let job): continuation.resume(returning: job)
            case .leave: continuation.resume(returning: nil)
            case .park: break
            }
        }
    }

    func lend(_ job: AnyPoolJob) {
        guard let (worker, admitted) = shared.withLock({ $0.state.lend(job) }) else { return }
        admitted?.resolve(.success(()))
        start(worker)
    }

    func endLending(_ job: AnyPoolJob) {
        shared.withLock { $0.state.endLending(job) }
    }
}

// MARK: - Ending

extension WorkerPoolCore {
    /// What is to be done outside the lock when the pool ends, or a job does.
    private struct Aftermath {
        var ending: State.Ending
        var parked: [CheckedContinuation<AnyPoolJob?, Never>]
        var tasks: [Task<Void, Never>]

        init(_ ending: State.Ending, _ shared: inout Shared) {
            self.ending = ending
            parked = ending.idle.compactMap { shared.parked.removeValue(forKey: $0) }
            tasks = ending.cancelled.compactMap { shared.tasks[$0] }
        }
    }

    func cancel(_ job: AnyPoolJob) {
        let (cancellation, admitted, task) = shared.withLock {
            shared -> (State.Cancellation, Admission?, Task<Void, Never>?) in
            let (cancellation, admitted) = shared.state.cancel(job)
            guard case .cancel(let worker) = cancellation else { return (cancellation, admitted, nil) }
            return (cancellation, admitted, shared.tasks[worker])
        }
        admitted?.resolve(.success(()))
        task?.cancel()
        if cancellation == .dropped { job.resolve(CancellationError()) }
    }

    /// Takes no more jobs; those that were taken run, but are cancelled after `limit` where there is one.
    func drain(within limit: Duration? = nil) {
        let (aftermath, isDraining) = shared.withLock { shared in
            (Aftermath(shared.state.drain(), &shared), shared.state.phase == .draining)
        }
        act(on: aftermath)
        if let limit, isDraining { wait(limit, replacingTimer: false) { $0.abort() } }
    }

    /// Takes no more jobs, drops those that wait, cancels those that run, and ends without those that do not react.
    func abort() {
        let aftermath = shared.withLock { Aftermath($0.state.abort(), &$0) }
        act(on: aftermath)
        if aftermath.ending.hasBegun { wait(configuration.abandonAfter, replacingTimer: true) { $0.abandon() } }
    }

    func hasEnded() async {
        _ = await ended.value
    }

    /// Waits until the pool has ended.
    func end() async throws(WorkerPoolError) {
        let abandoned = await ended.value
        if abandoned > 0 { throw error(.abandoned, jobs: abandoned) }
    }

    private func act(on aftermath: Aftermath) {
        for continuation in aftermath.parked { continuation.resume(returning: nil) }
        for task in aftermath.tasks { task.cancel() }
        for job in aftermath.ending.dropped { job.resolve(error(.aborted)) }
        for admission in aftermath.ending.rejected { admission.resolve(.failure(error(.shutdown))) }
        if aftermath.ending.hasEnded { end() }
    }

    private func abandon() {
        guard let jobs = shared.withLock({ $0.state.abandon() }) else { return }
        for job in jobs { job.resolve(error(.abandoned)) }
        // Also without a job: a worker between two of them has nothing to end.
        end(abandoned: jobs.count)
    }

    private func end(abandoned: Int = 0) {
        ended.resolve(abandoned)
        // Outside the lock: it may be the last reference, and then its threads end.
        _ = shared.withLock { $0.executor.take() }
        timer.withLock { $0.take() }?.cancel()
    }

    /// Does something after `limit`, unless the pool ends first.
    ///
    /// - Parameter replacingTimer: Whether in place of what was to be done before; else not at all where there is such.
    private func wait(
        _ limit: Duration,
        replacingTimer: Bool,
        then act: @escaping @Sendable (WorkerPoolCore) -> Void
    ) {
        guard ended.resolved == nil else { return }
        // A clock cannot hold every duration.
        let limit = min(limit, .seconds(1_000_000_000))
        timer.withLock { timer in
            guard replacingTimer || timer == nil else { return }
            timer?.cancel()
            timer = Task.detached {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                act(self)
            }
        }
        // The pool may have ended before the timer was set.
        if ended.resolved != nil { timer.withLock { $0.take() }?.cancel() }
    }
}
