import Synchronization
import Testing

@testable import ContextPropagation

@Suite("Promise", .timeLimit(.minutes(10)))
struct PromiseTests {
    @Test("Every waiter gets the first value, even a later waiter")
    func values() async {
        let promise = Promise<Int>()
        let sum = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { await promise.value } }
            for _ in 0..<100 { group.addTask { await promise.valueUnlessCancelled ?? 0 } }
            for value in 1...10 { group.addTask { promise.resolve(value) ? value * 1000 : 0 } }
            return await group.reduce(0, +)
        }
        // One of the ten calls set the value, and 200 tasks got it.
        let value = promise.resolved ?? 0
        #expect((1...10).contains(value))
        #expect(sum == value * 1200)
        #expect(await promise.value == value)
        #expect(promise.resolve(99) == false)
        #expect(promise.resolved == value)
    }

    @Test("A cancelled task stops waiting, and the others get the value")
    func cancellation() async {
        let promise = Promise<Int>()
        let staying = (0..<10).map { _ in Task { await promise.valueUnlessCancelled } }
        let leaving = (0..<10).map { _ in Task { await promise.valueUnlessCancelled } }
        for task in leaving { task.cancel() }
        for task in leaving { #expect(await task.value == nil) }
        promise.resolve(1)
        for task in staying { #expect(await task.value == 1) }
    }

    @Test(
        "A wait that ignores cancellation continues in a cancelled task, and a set value takes precedence over cancellation"
    )
    func uncancellable() async {
        let promise = Promise<Int>()
        let waiting = Task { await promise.value }
        waiting.cancel()
        promise.resolve(1)
        #expect(await waiting.value == 1)
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return await promise.valueUnlessCancelled
        }
        late.cancel()
        #expect(await late.value == 1)
    }

    @Test("In thousands of races between value and cancellation, each wait ends with the value or without it")
    func races() async {
        for _ in 0..<5000 {
            let promise = Promise<Int>()
            let first = Task { await promise.valueUnlessCancelled }
            let second = Task { await promise.valueUnlessCancelled }
            let resolving = Task { promise.resolve(1) }
            first.cancel()
            #expect([nil, 1].contains(await first.value))
            #expect(await second.value == 1)
            #expect(await resolving.value)
        }
    }

    @Test("The executors of resumed tasks may use the promise")
    func resumesOutsideTheLock() async {
        let promise = Promise<Int>()
        let executor = ReadingExecutor { promise.resolved }
        let waiting = Task(executorPreference: executor) { await promise.value }
        let cancelled = Task(executorPreference: executor) { await promise.valueUnlessCancelled }
        // Both tasks wait when a third task has run on the same queue.
        await Task(executorPreference: executor) {}.value
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        promise.resolve(7)
        #expect(await waiting.value == 7)
        #expect(executor.seen == 7)
    }
}

/// An executor that reads something each time it gets a job.
private final class ReadingExecutor: TaskExecutor {
    private let queue = DispatchQueueExecutor(.init(label: "reading"))
    private let last = Mutex<Int?>(nil)
    private let read: @Sendable () -> Int?

    init(_ read: @escaping @Sendable () -> Int?) {
        self.read = read
    }

    var seen: Int? { last.withLock { $0 } }

    func enqueue(_ job: consuming ExecutorJob) {
        let value = read()
        last.withLock { $0 = value ?? $0 }
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.queue.async { job.runSynchronously(on: executor) }
    }
}
