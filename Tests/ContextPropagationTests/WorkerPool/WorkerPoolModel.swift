import TestSupport

@testable import ContextPropagation

/// Several pools and their jobs as pure values. A random schedule runs one step after another, so nothing runs at the
/// same time and nothing depends on a clock.
final class WorkerPoolModel {
    typealias State = WorkerPoolState<Job, Task, Task>

    indirect enum Step {
        case work
        /// Submits a job and waits for its result.
        case perform(pool: Int, [Step])
        /// Submits a job. ``join`` waits for its result.
        case submit(pool: Int, [Step])
        case join
        /// Child tasks. The task waits for them without a pool that sees it.
        case children([[Step]])
        /// A task that may outlive the job.
        case leaveBehind([Step])
        case shutdown(pool: Int)
        case abort(pool: Int)
        case cancelAny
    }

    final class Job: WorkerPoolJob {
        var place = WorkerPoolJobPlace.ended
        var waitingTasks = 0
        let submittedAt: UInt64 = 0

        let pool: Int
        let steps: [Step]
        let outer: Job?
        var tasks: [Task] = []
        /// Tasks that wait for the result.
        var waiters: [Task] = []
        var begun = 0
        var ends = 0
        var hasEnded = false
        var isCancelled = false
        var isAbandoned = false
        var worker = -1

        init(_ pool: Int, _ steps: [Step], _ outer: Job?) {
            self.pool = pool
            self.steps = steps
            self.outer = outer
        }

        /// Whether a task of the job waits for a pool, or for a slot.
        var isWaiting: Bool { tasks.contains { $0.status.isWaitForPool } }
        /// The pools of this job and of those inside which it was submitted.
        var pools: [Int] { [pool] + (outer?.pools ?? []) }
    }

    final class Task {
        enum Status {
            case ready
            case waitingForPlace(Job, thenForResult: Bool)
            case waitingForResult
            case waitingForEnd
            /// The result that it waited for is there, and it has not requested its slot yet.
            case comingBack
            case waitingForSlot
            case waitingForChildren(Int)
            case ended

            var isWaitForPool: Bool {
                switch self {
                case .waitingForPlace, .waitingForResult, .waitingForEnd, .comingBack, .waitingForSlot: true
                case .ready, .waitingForChildren, .ended: false
                }
            }
        }

        let job: Job?
        let parent: Task?
        let isMain: Bool
        var steps: [Step]
        var status = Status.ready
        var submitted: [Job] = []
        /// The job for whose result it waits as soon as it continues.
        var next: Job?

        init(_ steps: [Step], job: Job?, parent: Task? = nil, isMain: Bool = false) {
            self.steps = steps.reversed()
            self.job = job
            self.parent = parent
            self.isMain = isMain
        }
    }

    var random: SplitMix
    var pools: [State]
    var tasks: [Task] = []
    var jobs: [Job] = []
    /// Workers of each pool that are about to look for a job.
    private var looking: [[Int]]
    private var waitingForEnd: [[Task]]
    private(set) var endings: [Int]
    /// The first violation of a rule.
    private(set) var fault: String?
    /// The most jobs that ran at the same time, in each pool.
    private(set) var most: [Int]

    init(seed: UInt64, pools: [(workers: Int, capacity: Int)]) {
        random = SplitMix(state: seed)
        self.pools = pools.map { State(slotCount: $0.workers, capacity: $0.capacity) }
        looking = pools.map { _ in [] }
        waitingForEnd = pools.map { _ in [] }
        endings = pools.map { _ in 0 }
        most = pools.map { _ in 0 }
    }

    /// Takes random steps until none is left.
    func run() {
        while fault == nil {
            let ready = tasks.filter {
                switch $0.status {
                case .ready, .comingBack: true
                default: false
                }
            }
            let workers = looking.enumerated().flatMap { pool, workers in workers.map { (pool, $0) } }
            guard ready.count + workers.count > 0 else { return }
            let choice = Int.random(in: 0..<ready.count + workers.count, using: &random)
            if choice < ready.count { step(ready[choice]) } else { look(workers[choice - ready.count]) }
            check()
        }
    }

    func add(_ steps: [Step]) { tasks.append(Task(steps, job: nil)) }

    // MARK: Tasks

    private func step(_ task: Task) {
        if case .comingBack = task.status { return comeBack(task) }
        if let job = task.next {
            task.next = nil
            return waitForResult(of: job, task)
        }
        if task.job?.isCancelled == true, Bool.random(using: &random) { task.steps = [] }
        guard let step = task.steps.popLast() else { return end(task) }
        switch step {
        case .work: break
        case .perform(let pool, let steps): submit(Job(pool, steps, task.job), task, thenForResult: true)
        case .submit(let pool, let steps): submit(Job(pool, steps, task.job), task, thenForResult: false)
        case .join:
            guard let job = task.submitted.popLast() else { break }
            task.steps.append(.join)
            waitForResult(of: job, task)
        case .children(let children):
            task.status = .waitingForChildren(children.count)
            for steps in children { spawn(Task(steps, job: task.job, parent: task)) }
        case .leaveBehind(let steps): spawn(Task(steps, job: task.job))
        case .shutdown(let pool):
            end(pools[pool].drain(), of: pool)
            waitForEnd(of: pool, task)
        case .abort(let pool):
            end(pools[pool].abort(), of: pool)
            waitForEnd(of: pool, task)
        case .cancelAny:
            if let job = jobs.randomElement(using: &random) { cancel(job) }
        }
    }

    private func spawn(_ task: Task) {
        tasks.append(task)
        task.job?.tasks.append(task)
    }

    private func end(_ task: Task) {
        task.status = .ended
        tasks.removeAll { $0 === task }
        if let parent = task.parent, case .waitingForChildren(let count) = parent.status {
            parent.status = count == 1 ? .ready : .waitingForChildren(count - 1)
        }
        guard task.isMain, let job = task.job else { return }
        job.hasEnded = true
        act(on: pools[job.pool].finish(job.worker, .done, began: 0, now: 1), job.worker, job.pool)
        resolve(job)
    }

    private func resolve(_ job: Job) {
        // The handle of an abandoned job has its result already.
        guard !job.isAbandoned else { return }
        job.ends += 1
        for task in job.waiters { task.status = .comingBack }
        job.waiters = []
    }

    private func comeBack(_ task: Task) {
        guard let job = task.job else { return goOn(task) }
        if pools[job.pool].endWaiting(job, nil) { return goOn(task) }
        task.status = .waitingForSlot
        if pools[job.pool].endWaiting(job, task) { goOn(task) }
    }

    private func goOn(_ task: Task?) { task?.status = .ready }

    private func wait(_ task: Task, _ status: Task.Status) {
        task.status = status
        guard let job = task.job else { return }
        let vacancy = pools[job.pool].beginWaiting(job)
        goOn(vacancy.returned)
        act(on: vacancy.beginning)
        admit(vacancy.admitted)
    }

    private func waitForResult(of job: Job, _ task: Task) {
        guard job.ends == 0 else { return }
        job.waiters.append(task)
        wait(task, .waitingForResult)
    }

    private func waitForEnd(of pool: Int, _ task: Task) {
        // A task that a job left behind keeps its job as the current one.
        guard endings[pool] == 0, task.job?.pools.contains(pool) != true else { return }
        waitingForEnd[pool].append(task)
        wait(task, .waitingForEnd)
    }

    // MARK: Pools

    private func submit(_ job: Job, _ task: Task, thenForResult: Bool) {
        var inside = task.job
        while let inner = inside, inner.pool != job.pool { inside = inner.outer }
        switch pools[job.pool].submit(job, inside: inside) {
        case .queued: break
        case .begun(let beginning): act(on: beginning)
        case .shutdown: return
        case .full:
            jobs.append(job)
            pools[job.pool].suspend(job, task)
            return wait(task, .waitingForPlace(job, thenForResult: thenForResult))
        }
        jobs.append(job)
        if thenForResult { task.next = job } else { task.submitted.append(job) }
    }

    private func admit(_ task: Task?) {
        guard let task, case .waitingForPlace(let job, let thenForResult) = task.status else { return }
        if thenForResult { task.next = job } else { task.submitted.append(job) }
        task.status = .comingBack
    }

    private func act(on beginning: State.Beginning?) {
        switch beginning {
        case .handed(let worker, let job): begin(job, worker)
        case .started(let start): begin(start.job, start.worker)
        case nil: break
        }
    }

    private func begin(_ job: Job, _ worker: Int) {
        job.begun += 1
        job.worker = worker
        if job.place != .running(worker: worker) { fault = "a job began at \(job.place)" }
        spawn(Task(job.steps, job: job, isMain: true))
    }

    private func act(on turn: State.Turn, _ worker: Int, _ pool: Int) {
        goOn(turn.returned)
        admit(turn.admitted)
        act(on: turn.beginning)
        switch turn.step {
        case .run(let job): begin(job, worker)
        case .park: looking[pool].append(worker)
        case .leave: break
        }
        if turn.hasEnded { ended(pool) }
    }

    private func look(_ choice: (pool: Int, worker: Int)) {
        let (pool, worker) = choice
        looking[pool].removeAll { $0 == worker }
        let turn = pools[pool].next(worker)
        act(on: turn, worker, pool)
        guard case .park = turn.step else { return }
        looking[pool].removeAll { $0 == worker }
        pools[pool].park(worker)
    }

    func cancel(_ job: Job) {
        let wasSuspended = job.place == .suspended
        let (cancellation, admitted) = pools[job.pool].cancel(job)
        admit(admitted)
        switch cancellation {
        case .dropped:
            resolve(job)
            guard wasSuspended else { break }
            for task in tasks {
                if case .waitingForPlace(let waited, _) = task.status, waited === job { task.status = .comingBack }
            }
        case .cancel: job.isCancelled = true
        case .tooLate: break
        }
    }

    func end(_ ending: State.Ending, of pool: Int) {
        for task in ending.rejected {
            if case .waitingForPlace(let job, _) = task.status { resolve(job) }
            task.status = .comingBack
        }
        for job in ending.dropped { resolve(job) }
        for (_, job) in ending.cancelled { job.isCancelled = true }
        if ending.hasEnded { ended(pool) }
        if ending.hasBegun, pools[pool].phase == .aborting, Int.random(in: 0..<4, using: &random) == 0 {
            abandon(pool)
        }
    }

    private func abandon(_ pool: Int) {
        guard let abandonment = pools[pool].abandon() else { return }
        for job in abandonment.jobs {
            resolve(job)
            job.isAbandoned = true
        }
        for task in abandonment.returned { goOn(task) }
        looking[pool] = []
        ended(pool)
    }

    private func ended(_ pool: Int) {
        endings[pool] += 1
        for task in waitingForEnd[pool] { task.status = .comingBack }
        waitingForEnd[pool] = []
    }

    // MARK: Rules

    private func check() {
        for (number, pool) in pools.enumerated() where pool.phase != .ended {
            let begun = jobs.filter { $0.pool == number && $0.begun > 0 && !$0.hasEnded }
            let running = begun.count { !$0.isWaiting }
            most[number] = max(most[number], running)
            let numbers = pool.statistics
            if running > pool.slotCount { fault = "\(running) jobs run in pool \(number)" }
            if numbers.running != running {
                fault = "\(running) jobs run in pool \(number), counted \(numbers.running)"
            }
            if numbers.waiting != begun.count - running { fault = "waiting jobs are miscounted" }
            if pool.returning.count > 0, pool.hasFreeSlot { fault = "a job waits for a slot while one is free" }
            let ends = numbers.done + numbers.cancelled + numbers.aborted + numbers.abandoned
            if numbers.accepted != numbers.queued + begun.count + ends { fault = "the statistics do not add up" }
            guard pool.phase == .open else { continue }
            if numbers.suspended > 0, pool.hasFreeSlot || numbers.queued < pool.capacity {
                fault = "a submitter waits while there is a place"
            }
            if numbers.queued > 0, pool.hasFreeSlot, numbers.queued > pool.looking || !pool.idle.isEmpty {
                fault = "a job waits while a worker could have it"
            }
        }
    }
}
