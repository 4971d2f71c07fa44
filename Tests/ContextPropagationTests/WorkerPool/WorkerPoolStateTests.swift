import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Worker pool: the state machine", .timeLimit(.minutes(1)))
struct WorkerPoolStateTests {
    private final class Job: WorkerPoolJob {
        var place = WorkerPoolJobPlace.ended
        var awaited = 0
        let submittedAt: UInt64 = 0
    }

    private typealias State = WorkerPoolState<Job, Int>

    @Test("Whatever happens in whatever order, each job has one end and never too many run", arguments: 0..<40)
    func anyOrder(seed: UInt64) {
        var random = SplitMix(state: seed)
        let workers = Int.random(in: 1...4, using: &random)
        let capacity = Int.random(in: 0...4, using: &random)
        var state = State(workers: workers, capacity: capacity)
        var running: [Int: Job] = [:]
        var parked: Set<Int> = []
        // Workers without a job that are on their way to park.
        var between: Set<Int> = []
        var known: [Job] = []
        var waiting: [Int: Job] = [:]
        var lending: [Job] = []
        var ends = 0

        func started(_ start: State.Start) {
            #expect(running[start.worker] == nil && !parked.contains(start.worker))
            running[start.worker] = start.job
        }
        func turned(_ turn: State.Turn, _ worker: Int) {
            if let admitted = turn.admitted { #expect(waiting.removeValue(forKey: admitted) != nil) }
            switch turn.step {
            case .run(let job): running[worker] = job
            case .leave: break
            case .park: between.insert(worker)
            }
            if let successor = turn.successor { started(successor) }
            if turn.hasEnded { ends += 1 }
        }
        func goOn(_ worker: Int) {
            between.remove(worker)
            let turn = state.next(worker)
            turned(turn, worker)
            guard case .park = turn.step else { return }
            between.remove(worker)
            state.park(worker)
            parked.insert(worker)
        }
        func ended(_ ending: State.Ending) {
            for worker in ending.idle { #expect(parked.remove(worker) != nil) }
            for submitter in ending.rejected { #expect(waiting.removeValue(forKey: submitter) != nil) }
            if ending.hasEnded { ends += 1 }
        }

        for step in 0..<2_000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45:
                let job = Job()
                let inside = running.values.randomElement(using: &random)
                switch state.submit(job, inside: Bool.random(using: &random) ? inside : nil) {
                case .queued: known.append(job)
                case .handed(let worker):
                    #expect(parked.remove(worker) != nil)
                    running[worker] = job
                    known.append(job)
                case .start(let start):
                    started(start)
                    known.append(job)
                case .full:
                    state.suspend(job, step)
                    waiting[step] = job
                    known.append(job)
                case .shutdown: break
                }
            case 45..<85:
                if let worker = between.randomElement(using: &random), Bool.random(using: &random) { goOn(worker) }
                guard let worker = running.keys.randomElement(using: &random) else { break }
                running[worker] = nil
                turned(state.finish(worker, .done, began: 0, now: 1), worker)
            case 85..<92:
                guard let job = known.randomElement(using: &random) else { break }
                let wasSuspended = job.place == .suspended
                let (cancellation, admitted) = state.cancel(job)
                if let admitted { #expect(waiting.removeValue(forKey: admitted) != nil) }
                if wasSuspended { waiting = waiting.filter { $0.value !== job } }
                if case .cancel(let worker) = cancellation { #expect(running[worker] === job) }
            case 92..<96:
                guard let job = running.values.randomElement(using: &random), job.awaited == 0 else { break }
                lending.append(job)
                if let (start, admitted) = state.lend(job) {
                    if let admitted { waiting[admitted] = nil }
                    started(start)
                }
            case 96..<99:
                if let job = lending.popLast() { state.endLending(job) }
            default:
                if step > 1_500 { ended(Bool.random(using: &random) ? state.drain() : state.abort()) }
            }
            let numbers = state.statistics
            #expect(numbers.running == running.count)
            #expect(numbers.suspended == waiting.count)
            #expect(state.active == running.count + parked.count + between.count)
            #expect(lending.count > 0 || parked.count <= workers)
            let finished = numbers.done + numbers.failed + numbers.cancelled + numbers.aborted
            #expect(numbers.accepted == numbers.queued + numbers.running + finished)
        }

        while let job = lending.popLast() { state.endLending(job) }
        ended(state.drain())
        while let worker = running.keys.first {
            running[worker] = nil
            turned(state.finish(worker, .done, began: 0, now: 1), worker)
        }
        for worker in between { goOn(worker) }
        #expect(ends == 1)
        #expect(known.allSatisfy { $0.place == .ended })
        #expect(state.statistics.queued == 0 && waiting.isEmpty && parked.isEmpty)
    }

    @Test("A pool is given up also while its worker is between two jobs")
    func abandonBetweenJobs() {
        var state = State(workers: 1, capacity: 1)
        let job = Job()
        guard case .start(let start) = state.submit(job, inside: nil) else {
            Issue.record("not started")
            return
        }
        guard case .park = state.finish(start.worker, .done, began: 0, now: 1).step else {
            Issue.record("not to park")
            return
        }
        #expect(!state.abort().hasEnded)
        #expect(state.abandon()?.isEmpty == true)
        #expect(state.abandon() == nil)
        #expect(!state.next(start.worker).hasEnded)
        #expect(!state.abort().hasBegun)
    }

    @Test("What a job has lent ends with it, whatever it leaves behind")
    func lendingEndsWithTheJob() {
        var state = State(workers: 1, capacity: 1)
        let job = Job()
        guard case .start(let start) = state.submit(job, inside: nil) else {
            Issue.record("not started")
            return
        }
        #expect(state.lend(job) == nil)
        _ = state.finish(start.worker, .done, began: 0, now: 1)
        state.park(start.worker)
        guard case .handed = state.submit(Job(), inside: nil), case .queued = state.submit(Job(), inside: nil) else {
            Issue.record("more than one runs")
            return
        }
        state.endLending(job)
        #expect(state.active == 1)
    }

    @Test("A stalled pool keeps no trace of submissions and jobs that gave up")
    func sweeping() {
        var state = State(workers: 1, capacity: 100)
        _ = state.submit(Job(), inside: nil)
        weak var last: Job?
        for round in 0..<10_000 {
            let job = Job()
            if case .full = state.submit(job, inside: nil) { state.suspend(job, round) }
            _ = state.cancel(job)
            if round == 5_000 { last = job }
        }
        #expect(last == nil)
        #expect(state.statistics.queued == 0)
    }

    @Test("The queue keeps the order over growing and sweeping")
    func ringBuffer() {
        var buffer = RingBuffer<Int>()
        var expected: [Int] = []
        for number in 0..<200 {
            buffer.append(number)
            expected.append(number)
            if number % 3 == 0 { #expect(buffer.popFirst() == expected.removeFirst()) }
        }
        buffer.removeAll { $0 % 2 == 0 }
        expected.removeAll { $0 % 2 == 0 }
        #expect(buffer.count == expected.count)
        while let number = buffer.popFirst() { #expect(number == expected.removeFirst()) }
        #expect(expected.isEmpty && buffer.count == 0)
    }
}
