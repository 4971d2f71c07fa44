import ContextPropagation
import Dispatch
import Synchronization
import TestSupport
import Testing

@Suite("Tasks, streams and executors", .timeLimit(.minutes(10)))
struct TaskBridgeTests {
    private struct Failure: Error {}

    @Test("A detached task keeps the context and drops cancellation; its result and error pass through")
    func detached() async throws {
        let context = LogContext.unique()
        let outer = Task {
            await withLogContext(context) {
                withUnsafeCurrentTask { $0?.cancel() }
                let value = await Task.detachedPropagatingContext(name: "upload", priority: .low) {
                    (LogContext.current, Task.isCancelled, Task.name)
                }.value
                let failed = Task.detachedPropagatingContext { () async throws in throw Failure() }
                return (value, await failed.result)
            }
        }
        let (value, failed) = await outer.value
        #expect(value.0 == context)
        #expect(value.1 == false)
        #expect(value.2 == "upload")
        #expect(throws: Failure.self) { try failed.get() }
    }

    @Test("A detached task may take state that cannot be sent twice")
    func detachedSending() async {
        final class Counter { var count = 0 }
        let counter = Counter()
        let count = await Task.detachedPropagatingContext {
            counter.count += 1
            return counter.count
        }.value
        #expect(count == 1)
    }

    @Test("Each element of a stream is handled in its writer's context, and the reader has its own between elements")
    func stream() async throws {
        let (stream, writer) = AsyncThrowingStream.makeStream(of: Contextual<Int>.self)
        let contexts = (0..<10).map { LogContext.unique("writer-\($0)") }
        for (number, context) in contexts.enumerated() { withLogContext(context) { _ = writer.yield(number) } }
        writer.finish(throwing: Failure())
        let reader = LogContext.unique("reader")
        await withLogContext(reader) {
            var handled = 0
            await #expect(throws: Failure.self) {
                try await stream.forEachInContext { element in
                    await Task.yield()
                    #expect(LogContext.current == contexts[element.value])
                    handled += 1
                }
            }
            #expect(handled == 10)
            #expect(LogContext.current == reader)
        }
    }

    @Test("An error in the handler of an element ends the loop in the reader's context")
    func handlerThrows() async {
        let (stream, writer) = AsyncStream.makeStream(of: Contextual<Int>.self)
        for number in 0..<3 { withLogContext(.unique()) { _ = writer.yield(number) } }
        var handled: [Int] = []
        await #expect(throws: Failure.self) {
            try await stream.forEachInContext { element in
                handled.append(element.value)
                if element.value == 1 { throw Failure() }
            }
        }
        #expect(handled == [0, 1])
        #expect(LogContext.current.isProcess)
    }

    @Test("Each element of a collection is handled in the context that it carries")
    func sequence() throws {
        let contexts = (0..<4).map { LogContext.unique("element-\($0)") }
        let elements = contexts.map { context in withLogContext(context) { Contextual(context) } }
        elements.forEachInContext { #expect(LogContext.current == $0.value) }
        #expect(elements[2].withContext { LogContext.current } == contexts[2])
        #expect(throws: Failure.self) { try elements.forEachInContext { _ throws(Failure) in throw Failure() } }
    }

    @Test("A task keeps its context on a queue's executor, and the queue has none afterwards")
    func queueExecutor() async {
        let key = DispatchSpecificKey<Bool>()
        let queue = DispatchQueue(label: "executor")
        queue.setSpecific(key: key, value: true)
        let executor = DispatchQueueExecutor(queue)
        let context = LogContext.unique()
        await withLogContext(context) {
            for _ in 0..<20 {
                let (seen, isThere) = await executor.run {
                    await Task.yield()
                    return (LogContext.current, DispatchQueue.getSpecific(key: key))
                }
                #expect(seen == context)
                #expect(isThere == true)
            }
            await #expect(throws: Failure.self) { try await executor.run { () throws(Failure) in throw Failure() } }
        }
        #expect(queue.sync { LogContext.current }.isProcess)
    }

    @Test(
        "Blocking tasks run in parallel on a pool of threads, each in its own context"
    )
    func threadPool() async {
        let executor = ThreadPoolExecutor(threads: 4, name: "blocking")
        #expect(executor.threads == 4)
        let allThere = DispatchSemaphore(value: 0)
        await withTaskGroup { group in
            for number in 0..<4 {
                group.addTask {
                    let context = LogContext.unique("job-\(number)")
                    return await withLogContext(context) {
                        await executor.run {
                            // None of the four can continue until all four have a thread at the same time.
                            if number == 3 { for _ in 0..<3 { allThere.signal() } } else { allThere.wait() }
                            return LogContext.current == context
                        }
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        let clean = await Task.detached(executorPreference: executor) { LogContext.current.isProcess }.value
        #expect(clean)
    }

    @Test("Work from the main actor runs on the executor's threads") @MainActor
    func fromMainActor() async {
        let executor = ThreadPoolExecutor(threads: 1, name: "a-very-long-name-of-a-pool")
        let isMain = await executor.run { isOnMainQueue() }
        #expect(!isMain)
    }

    @Test("A pool of threads runs its jobs and is then released")
    func threadPoolEnds() async {
        weak var gone: ThreadPoolExecutor?
        let done = Count()
        do {
            let executor = ThreadPoolExecutor(threads: 2)
            gone = executor
            let tasks = (0..<100).map { _ in
                Task(executorPreference: executor) {
                    await Task.yield()
                    done.add()
                }
            }
            for task in tasks { await task.value }
        }
        #expect(done.value == 100)
        #expect(gone == nil)
    }
}

private let mainKey = {
    let key = DispatchSpecificKey<Bool>()
    DispatchQueue.main.setSpecific(key: key, value: true)
    return key
}()

private func isOnMainQueue() -> Bool { DispatchQueue.getSpecific(key: mainKey) ?? false }
