import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Worker pool: the state machine", .timeLimit(.minutes(10)))
struct WorkerPoolStateTests {
    private struct Unexpected: Error {}

    private final class Job: WorkerPoolJob {
        var place = WorkerPoolJobPlace.ended
        var waitingTasks = 0
        let submittedAt: UInt64 = 0
    }

    /// Submitters and tasks that wait for a slot are numbers.
    private typealias State = WorkerPoolState<Job, Int, Int>

    /// A pool with one slot, whose only job waits for a pool.
    private func poolWithWaitingJob() throws -> (state: State, job: Job, worker: Int) {
        var state = State(slotCount: 1, capacity: 8)
        let job = Job()
        let start = try #require(started(state.submit(job, inside: nil)))
        _ = state.beginWaiting(job)
        return (state, job, start.worker)
    }

    private func started(_ submission: State.Submission) -> State.Start? {
        if case .begun(.started(let start)) = submission { start } else { nil }
    }

    @Test("A job that resumes waits for a slot, and gets one before jobs that have not begun")
    func comingBack() throws {
        var (state, job, _) = try poolWithWaitingJob()
        let other = Job()
        let next = Job()
        let start = try #require(started(state.submit(other, inside: nil)))
        guard case .queued = state.submit(next, inside: nil) else { throw Unexpected() }
        let goesOn1 = state.endWaiting(job, nil)
        #expect(!goesOn1)
        let goesOn2 = state.endWaiting(job, 7)
        #expect(!goesOn2)
        #expect(state.statistics.running == 1 && state.statistics.waiting == 1)
        let turn = state.finish(start.worker, .done, began: 0, now: 1)
        #expect(turn.returned == 7)
        #expect(next.place == .queued)
        #expect(state.statistics.running == 1 && state.statistics.waiting == 0)
    }

    @Test("A job passes its slot to the job that has waited longest, even to one that resumes")
    func giving() throws {
        var (state, first, _) = try poolWithWaitingJob()
        let second = Job()
        _ = state.submit(second, inside: nil)
        let goesOn3 = state.endWaiting(first, 1)
        #expect(!goesOn3)
        let vacancy = state.beginWaiting(second)
        #expect(vacancy.returned == 1)
        #expect(vacancy.beginning == nil)
        #expect(first.place == .running(worker: 0))
    }

    @Test("While one task of a job waits, the others need no slot, and the last one to resume takes one for all")
    func severalTasks() throws {
        var (state, job, _) = try poolWithWaitingJob()
        _ = state.submit(Job(), inside: nil)
        _ = state.beginWaiting(job)
        let goesOn4 = state.endWaiting(job, 1)
        #expect(goesOn4)
        let goesOn5 = state.endWaiting(job, 2)
        #expect(!goesOn5)
        // The first one waits again: the second, which stands in line for the slot, goes on.
        let returned = state.beginWaiting(job).returned
        #expect(returned == 2)
        let goesOn6 = state.endWaiting(job, 3)
        #expect(!goesOn6)
        #expect(state.statistics.running == 1 && state.statistics.waiting == 1)
    }

    @Test("A pool gives up even while its worker is between two jobs")
    func abandonBetweenJobs() throws {
        var state = State(slotCount: 1, capacity: 1)
        let job = Job()
        let start = try #require(started(state.submit(job, inside: nil)))
        guard case .park = state.finish(start.worker, .done, began: 0, now: 1).step else { throw Unexpected() }
        #expect(!state.abort().hasEnded)
        #expect(state.abandon()?.jobs.isEmpty == true)
        #expect(state.abandon() == nil)
        #expect(!state.next(start.worker).hasEnded)
        #expect(!state.abort().hasBegun)
    }

    @Test("Tasks that outlive their job hold no slot, and free none when they resume")
    func leftBehind() throws {
        var (state, job, worker) = try poolWithWaitingJob()
        _ = state.finish(worker, .done, began: 0, now: 1)
        state.park(worker)
        guard case .begun(.handed) = state.submit(Job(), inside: nil), case .queued = state.submit(Job(), inside: nil)
        else { throw Unexpected() }
        let goesOn7 = state.endWaiting(job, 1)
        #expect(goesOn7)
        #expect(state.statistics.running == 1 && state.statistics.waiting == 0)
        _ = state.beginWaiting(job)
        #expect(state.statistics.running == 1 && state.statistics.waiting == 0)
    }

    @Test("Numbers of workers that have ended are used again, the lowest first")
    func numbers() throws {
        var state = State(slotCount: 3, capacity: 0)
        let jobs = (0..<3).map { _ in Job() }
        for job in jobs { _ = state.submit(job, inside: nil) }
        for job in [jobs[2], jobs[0]] {
            _ = state.cancel(job)
            guard case .running(let worker) = job.place else { throw Unexpected() }
            _ = state.finish(worker, .cancelled, began: 0, now: 1)
        }
        let again = (0..<2).map { _ in started(state.submit(Job(), inside: nil))?.worker }
        #expect(again == [0, 2])
    }

    @Test("A stalled pool keeps nothing of submissions and jobs that gave up")
    func sweeping() {
        var state = State(slotCount: 1, capacity: 100)
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

    @Test("The queue keeps its order while it grows and is compacted")
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
