import ContextPropagation
import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Dispatch bridges", .timeLimit(.minutes(10)))
struct DispatchBridgeTests {
    private let queue = DispatchQueue(label: "dispatch")
    private let concurrent = DispatchQueue(label: "concurrent", attributes: .concurrent)

    private struct Failure: Error, Equatable {
        let number: Int
    }

    private func ended(_ group: DispatchGroup) async {
        await withCheckedContinuation { continuation in
            group.notify(queue: queue) { continuation.resume() }
        }
    }

    @Test("sync runs in the caller's context, returns its value and throws its own type of error")
    func sync() {
        let context = LogContext.unique()
        withLogContext(context) {
            #expect(queue.propagatingContext.sync { LogContext.current } == context)
            #expect(queue.propagatingContext.sync(flags: .barrier) { LogContext.current } == context)
            #expect(throws: Failure(number: 3)) {
                try queue.propagatingContext.sync { () throws(Failure) in throw Failure(number: 3) }
            }
            var seen: LogContext?
            queue.propagatingContext.sync(execute: DispatchWorkItem { seen = LogContext.current })
            #expect(seen.map { $0 == context } == true)
        }
        #expect(queue.sync { LogContext.current }.isProcess)
    }

    @Test("sync on the main queue runs in the caller's context, even if another thread serves the queue")
    func syncOnMainQueue() throws {
        let output = Pipe()
        let writing = output.fileHandleForWriting
        let program = URL.program("main-queue-sync").path
        _ = try StartedProgram(program, environment: [:], output: writing.fileDescriptor)
        try writing.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "main thread: true, bare: none, bridged: caller\n")
    }

    @Test("A work item keeps the context in which it was made, even on a wrapped queue")
    func workItemOnWrappedQueue() async {
        let maker = LogContext.unique("maker")
        let submissions: [(PropagatingQueue, DispatchWorkItem) -> Void] = [
            { $0.async(execute: $1) },
            { $0.async(group: DispatchGroup(), execute: $1) },
            { $0.asyncAfter(deadline: .now(), execute: $1) },
            { $0.asyncAfter(wallDeadline: .now(), execute: $1) },
            { DispatchGroup().notify(queue: $0, work: $1) },
            { queue, item in
                let first = DispatchWorkItem {}
                first.notify(queue: queue, execute: item)
                queue.async(execute: first)
            },
        ]
        for submit in submissions {
            let seen = await contextSeen { work in
                let item = withLogContext(maker) { DispatchWorkItem.propagatingContext(block: work) }
                withLogContext(.unique("submitter")) { submit(queue.propagatingContext, item) }
            }
            #expect(seen == maker)
        }
    }

    @Test("A cancelled work item does not run")
    func cancelledWorkItem() {
        let ran = Atomic(0)
        let item = DispatchWorkItem.propagatingContext { ran.add(1, ordering: .relaxed) }
        item.cancel()
        queue.sync(execute: item)
        #expect(ran.load(ordering: .relaxed) == 0)
    }

    @Test(
        "Barrier work waits for earlier work, and later work waits for it",
        arguments: [false, true]
    )
    func barrierOrder(asItem: Bool) async {
        let group = DispatchGroup()
        let order = Locked<[Int]>()
        let barrierRan = DispatchSemaphore(value: 0)
        let queue = concurrent.propagatingContext
        queue.async(group: group) {
            // Without a barrier the next block would run now, beside this one.
            if barrierRan.wait(timeout: .now() + .milliseconds(100)) == .success { order.append(0) }
            order.append(1)
        }
        let work: @Sendable () -> Void = {
            order.append(2)
            barrierRan.signal()
        }
        if asItem {
            queue.async(group: group, execute: DispatchWorkItem.propagatingContext(flags: .barrier, block: work))
        } else {
            queue.async(group: group, flags: .barrier, execute: work)
        }
        queue.async(group: group) { order.append(3) }
        await ended(group)
        #expect(order.value == [1, 2, 3])
    }

    @Test("A group counts its work until it has ended")
    func group() async {
        let done = Atomic(0)
        let group = DispatchGroup()
        for _ in 0..<50 {
            concurrent.propagatingContext.async(group: group) { done.add(1, ordering: .relaxed) }
        }
        await ended(group)
        #expect(done.load(ordering: .relaxed) == 50)
    }

    @Test("A timer's handler keeps its context for every event, and nil removes the handler")
    func repeatedEvents() async {
        let context = LogContext.unique()
        let timer = DispatchSource.makeTimerSource(queue: queue)
        let (events, writer) = AsyncStream.makeStream(of: LogContext.self)
        withLogContext(context) {
            timer.propagatingContext.setEventHandler { writer.yield(LogContext.current) }
        }
        timer.schedule(deadline: .now(), repeating: .microseconds(100))
        timer.activate()
        for await seen in events.prefix(5) { #expect(seen == context) }
        queue.sync { timer.propagatingContext.setEventHandler(handler: nil) }
        await withCheckedContinuation { continuation in
            timer.propagatingContext.setCancelHandler { continuation.resume() }
            timer.cancel()
        }
    }

    @Test(
        "Every iteration of concurrentPerform runs in the caller's context on every thread, and leaves the thread without one"
    )
    func concurrentPerform() {
        let iterations = 2_000
        let context = LogContext.unique()
        let right = Mutex(Set<Int>())
        let threads = Threads()
        withLogContext(context) {
            DispatchQueue.concurrentPerformPropagatingContext(iterations: iterations) { iteration in
                if LogContext.current == context { _ = right.withLock { $0.insert(iteration) } }
                threads.meet()
            }
        }
        #expect(threads.haveMet)
        #expect(right.withLock { $0 } == Set(0..<iterations))
        let clean = Count()
        DispatchQueue.concurrentPerform(iterations: iterations) { _ in
            if LogContext.current.isProcess { clean.add() }
        }
        #expect(clean.value == iterations)
    }

    /// Makes the calling thread wait in its first iteration for another thread. Otherwise it might run all iterations
    /// alone.
    private final class Threads: Sendable {
        private let caller = pthread_self()
        private let other = DispatchSemaphore(value: 0)
        private let met = Count()
        private let waited = Count()

        var haveMet: Bool { met.value > 0 }

        func meet() {
            if pthread_equal(pthread_self(), caller) == 0 {
                met.add()
                other.signal()
            } else if waited.add() == 1 {
                _ = other.wait(timeout: .now() + .seconds(60))
            }
        }
    }

    @Test("concurrentPerform with 0 or fewer iterations runs nothing", arguments: [0, -1, Int.min])
    func noIterations(iterations: Int) {
        let ran = Atomic(0)
        DispatchQueue.concurrentPerformPropagatingContext(iterations: iterations) { _ in
            ran.add(1, ordering: .relaxed)
        }
        #expect(ran.load(ordering: .relaxed) == 0)
    }
}
