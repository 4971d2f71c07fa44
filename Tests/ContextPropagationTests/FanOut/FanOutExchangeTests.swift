import Dispatch
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("fanOut: workers and their jobs", .timeLimit(.minutes(10)))
struct FanOutExchangeTests {
    private let begun = Count()

    /// Workers of a call whose first job waits for a worker to begin.
    private func makeWorkers() -> FanOutWorkers<Int, Int> {
        var workers = FanOutWorkers(
            FanOutPlan<Int, Int>(2, nil, nil) { [begun] number in
                begun.add()
                return number
            }
        )
        let isGiven = workers.give(FanOutJob(element: 7, index: 0))
        #expect(!isGiven)
        return workers
    }

    @Test("A worker that begins in a cancelled task reports its job, and does not run it")
    func cancelledBeforeFirstJob() async {
        var workers = makeWorkers()
        let gate = Gate()
        let exchange = workers.exchange
        let task = Task {
            await gate.pass()
            await exchange.work()
        }
        task.cancel()
        gate.open()
        let report = await workers.nextReport()
        #expect(report.index == 0)
        #expect(throws: CancellationError.self) { try report.result.get() }
        // The worker does not wait for another job.
        await task.value
        #expect(begun.value == 0 && workers.idle.isEmpty)
        workers.end()
    }

    @Test("A worker that is cancelled while it waits reports its next job, and does not run it")
    func cancelledBeforeNextJob() async throws {
        var workers = makeWorkers()
        let exchange = workers.exchange
        let task = Task { await exchange.work() }
        let first = await workers.nextReport()
        #expect(try first.result.get() == 7)
        task.cancel()
        let isGiven = workers.give(FanOutJob(element: 8, index: 1))
        #expect(isGiven)
        let report = await workers.nextReport()
        #expect(report.index == 1)
        #expect(throws: CancellationError.self) { try report.result.get() }
        await task.value
        #expect(begun.value == 1)
        workers.end()
    }

    @Test("A worker that begins after the end of the call takes no job")
    func begunAfterEnd() async {
        var workers = makeWorkers()
        workers.end()
        await workers.exchange.work()
        #expect(begun.value == 0)
    }

    @Test("A worker that was given a job before the end of the call, and goes on after it, does not run the job")
    func resumedAfterEnd() async throws {
        var workers = makeWorkers()
        let exchange = workers.exchange
        let executor = DispatchQueueExecutor(DispatchQueue(label: "fan-out"))
        let task = Task(executorPreference: executor) { await exchange.work() }
        let first = await workers.nextReport()
        #expect(try first.result.get() == 7)
        // The worker must have left the queue. It would go on at once otherwise, although the queue is suspended.
        executor.queue.sync {}
        executor.queue.suspend()
        let isGiven = workers.give(FanOutJob(element: 8, index: 1))
        #expect(isGiven)
        workers.end()
        executor.queue.resume()
        await task.value
        #expect(begun.value == 1)
    }

    @Test("A worker that begins after the last element was read takes its job")
    func begunAfterClose() async throws {
        var workers = makeWorkers()
        workers.close()
        await workers.exchange.work()
        let report = await workers.nextReport()
        #expect(try report.result.get() == 7)
        workers.end()
    }
}
