import ContextPropagation
import Dispatch
import Foundation
import TestSupport
import Testing

@Suite("fanOut", .timeLimit(.minutes(10)))
struct FanOutTests {
    private struct Failure: Error, Equatable {
        let number: Int
    }

    private func stream(_ numbers: some Sequence<Int>) -> AsyncStream<Int> {
        let (stream, writer) = AsyncStream.makeStream(of: Int.self)
        for number in numbers { writer.yield(number) }
        writer.finish()
        return stream
    }

    @Test("Results are in the order of the elements, however long each one takes")
    func inputOrder() async throws {
        let work: @Sendable (Int) async throws -> Int = { number in
            for _ in 0..<(number % 7) { await Task.yield() }
            return number * 2
        }
        let expected = (0..<200).map { $0 * 2 }
        #expect(try await fanOut(0..<200, maxConcurrency: 8, work) == expected)
        #expect(try await fanOut(stream(0..<200), maxConcurrency: 8, work) == expected)
        var handed: [Int] = []
        try await fanOut(0..<200, maxConcurrency: 8, work) { handed.append(try $0.get()) }
        #expect(handed == expected)
        handed = []
        try await fanOut(stream(0..<200), maxConcurrency: 8, work) { handed.append(try $0.get()) }
        #expect(handed == expected)
    }

    @Test("With the order of completion, a slow element does not delay the others")
    func completionOrder() async throws {
        let gate = Gate()
        let results = try await fanOut(0..<5, maxConcurrency: 2, order: .completion) { number in
            if number == 0 { await gate.pass() }
            if number == 4 { gate.open() }
            return number
        }
        #expect(results.sorted() == [0, 1, 2, 3, 4])
        #expect(results.first == 1)
    }

    @Test(
        "At most maxConcurrency bodies run at once, and no element is taken before there is room",
        arguments: [-1, 1, 3]
    )
    func bounded(maxConcurrency: Int) async throws {
        let running = Count()
        let most = Locked<[Int]>()
        let taken = Count()
        let elements = (0..<100).lazy.map { number in
            most.append(taken.add())
            return number
        }
        try await fanOut(elements, maxConcurrency: maxConcurrency) { _ in
            let now = running.add()
            #expect(now <= max(1, maxConcurrency))
            await Task.yield()
            running.add(-1)
            most.append(taken.add(-1))
        }
        // One result may have finished and not be collected yet while the next body runs.
        #expect(most.value.allSatisfy { $0 <= max(1, maxConcurrency) + 1 })
    }

    @Test("While the first element is slow, only a limited number of results wait for it")
    func orderedWindow() async throws {
        let begun = Count()
        let others = Gate()
        others.open()
        var results: [Int] = []
        try await fanOut(0..<50, maxConcurrency: 4) { number in
            begun.add()
            if number == 0 {
                // While the first body runs, at least four results wait before no more elements are taken, and fewer
                // than eight bodies have begun.
                await others.arrivals(4)
                for _ in 0..<2_000 { await Task.yield() }
                #expect(begun.value < 8)
            } else {
                await others.pass()
            }
            return number
        } forEachResult: {
            results.append(try $0.get())
        }
        #expect(results == Array(0..<50))
    }

    @Test("Each element runs in a child of the caller's context, and the caller's own context returns between results")
    func context() async throws {
        let caller = LogContext(traceID: .random(), executionID: "run", taskID: "caller")
        try await withLogContext(caller) {
            let plain = try await fanOut(0..<20, maxConcurrency: 4) { _ in LogContext.current }
            #expect(plain.allSatisfy { $0.traceID == caller.traceID && $0.parentSpanID == caller.spanID })
            #expect(plain.allSatisfy { $0.taskID == "caller" && $0.executionID == "run" })
            #expect(Set(plain.map(\.spanID)).count == 20)
            let named = try await fanOut(stream(0..<20), maxConcurrency: 4, taskID: "inference") { _ in
                await Task.yield()
                return LogContext.current
            }
            #expect(named.map(\.taskID) == (0..<20).map { "inference-\($0)" })
            #expect(named.allSatisfy { $0.traceID == caller.traceID })
            try await fanOut(0..<20, maxConcurrency: 4) { _ in
            } forEachResult: { _ in
                #expect(LogContext.current == caller)
            }
        }
        #expect(LogContext.current.isProcess)
    }

    @Test("An element that carries a context runs in a child of that context")
    func carriedContext() async throws {
        let contexts = (0..<20).map { LogContext.unique("element-\($0)") }
        let elements = contexts.map { context in withLogContext(context) { Contextual(context) } }
        let (stream, writer) = AsyncStream.makeStream(of: Contextual<LogContext>.self)
        for element in elements { writer.yield(element) }
        writer.finish()
        let check: @Sendable (Contextual<LogContext>) async throws -> Bool = { element in
            await Task.yield()
            let current = LogContext.current
            return current.traceID == element.value.traceID && current.parentSpanID == element.value.spanID
                && current.taskID == element.value.taskID
        }
        try await withLogContext(.unique("caller")) {
            let checked = try await fanOut(elements, maxConcurrency: 4, check)
            #expect(checked == Array(repeating: true, count: 20))
            let checkedStream = try await fanOut(stream, maxConcurrency: 4, check)
            #expect(checkedStream == Array(repeating: true, count: 20))
        }
    }

    @Test("The first error stops the intake, cancels the other bodies at once and is thrown", arguments: [false, true])
    func failFast(asynchronous: Bool) async throws {
        let begun = Count()
        let work: @Sendable (Int) async throws -> Int = { number in
            begun.add()
            if number == 2 { throw Failure(number: number) }
            try await untilCancelled()
            return number
        }
        await #expect(throws: Failure(number: 2)) {
            if asynchronous {
                try await fanOut(stream(0..<1_000), maxConcurrency: 3, work)
            } else {
                try await fanOut(0..<1_000, maxConcurrency: 3, work)
            }
        }
        // The body that throws may be the first to begin.
        #expect((1...3).contains(begun.value))
    }

    @Test(
        "After an error and after a cancellation, no body begins that waits for a thread",
        arguments: [false, true],
        [false, true]
    )
    func noLateBegin(asynchronous: Bool, cancelled: Bool) async throws {
        let begun = Count()
        let started = Gate()
        let taken = Count()
        let executor = ThreadPoolExecutor(threads: 1)
        let numbers = AsyncStream {
            let number = taken.add()
            return number <= 8 ? number : nil
        }
        let task = Task {
            let work: @Sendable (Int) async throws -> Void = { _ in
                if begun.add() == 1 {
                    // Then every other body waits for the only thread.
                    while taken.value < (asynchronous ? 9 : 8) { sched_yield() }
                    started.open()
                    if !cancelled { throw Failure(number: 1) }
                }
                while !Task.isCancelled { sched_yield() }
            }
            if asynchronous {
                try await fanOut(numbers, maxConcurrency: 9, on: executor, work)
            } else {
                let elements = (1...8).lazy.map { number in
                    taken.add()
                    return number
                }
                try await fanOut(elements, maxConcurrency: 9, on: executor, work)
            }
        }
        await started.pass()
        if cancelled {
            task.cancel()
            // The system cancels one body after another. Until the last one, others may begin on the thread.
            let begunBefore = begun.value
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(begun.value <= begunBefore + 1)
        } else {
            await #expect(throws: Failure(number: 1)) { try await task.value }
            #expect(begun.value <= 2)
        }
    }

    @Test("With fanOutResults, an error does not end the other bodies", arguments: [false, true])
    func collecting(asynchronous: Bool) async throws {
        let work: @Sendable (Int) async throws -> Int = { number in
            if number % 3 == 0 { throw Failure(number: number) }
            return number
        }
        let results =
            asynchronous
            ? try await fanOutResults(stream(0..<30), maxConcurrency: 4, work)
            : try await fanOutResults(0..<30, maxConcurrency: 4, work)
        #expect(results.count == 30)
        for (number, result) in results.enumerated() {
            switch result {
            case .success(let value): #expect(value == number && number % 3 != 0)
            case .failure(let error): #expect(error as? Failure == Failure(number: number) && number % 3 == 0)
            }
        }
    }

    @Test("An error of forEachResult or of the sequence ends the call")
    func otherErrors() async throws {
        await #expect(throws: Failure(number: 1)) {
            try await fanOut(0..<1_000, maxConcurrency: 4) { _ in
            } forEachResult: { _ in
                throw Failure(number: 1)
            }
        }
        let (stream, writer) = AsyncThrowingStream.makeStream(of: Int.self)
        writer.yield(1)
        writer.finish(throwing: Failure(number: 9))
        await #expect(throws: Failure(number: 9)) {
            try await fanOut(stream, maxConcurrency: 4) { _ in try await untilCancelled() }
        }
    }

    @Test("Cancellation stops the intake, waits for the running bodies, and throws", arguments: [false, true])
    func cancellation(asynchronous: Bool) async throws {
        let gate = Gate()
        let ended = Count()
        let numbers = stream(0..<1_000)
        let task = Task {
            let work: @Sendable (Int) async throws -> Void = { _ in
                // This body ignores its cancellation.
                await gate.pass()
                ended.add()
            }
            if asynchronous {
                try await fanOut(numbers, maxConcurrency: 3, work)
            } else {
                try await fanOut(0..<1_000, maxConcurrency: 3, work)
            }
        }
        await gate.arrivals(3)
        task.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ended.value == 3)
    }

    @Test("An asynchronous sequence that waits for its next element does not delay results")
    func slowSequence() async throws {
        let (stream, writer) = AsyncStream.makeStream(of: Int.self)
        writer.yield(1)
        var results: [Int] = []
        try await fanOut(stream, maxConcurrency: 4) {
            $0
        } forEachResult: { result in
            let number = try result.get()
            results.append(number)
            // The next element arrives only after the result of the previous one was read.
            if number < 5 { writer.yield(number + 1) } else { writer.finish() }
        }
        #expect(results == [1, 2, 3, 4, 5])
    }

    @Test("An empty sequence gives no results")
    func empty() async throws {
        #expect(try await fanOut([Int](), maxConcurrency: 4) { $0 } == [])
        #expect(try await fanOut(stream([]), maxConcurrency: 4) { $0 } == [])
        #expect(try await fanOutResults([Int](), maxConcurrency: 4) { $0 }.isEmpty)
    }

    @Test("Bodies run on the given executor, and results are read on the caller's actor") @MainActor
    func executor() async throws {
        let queue = DispatchQueue(label: "fan-out")
        let key = DispatchSpecificKey<Bool>()
        queue.setSpecific(key: key, value: true)
        var seen: [Bool] = []
        try await fanOut(0..<10, maxConcurrency: 2, on: DispatchQueueExecutor(queue)) { _ in
            DispatchQueue.getSpecific(key: key) == true
        } forEachResult: { result in
            MainActor.assertIsolated()
            seen.append(try result.get())
        }
        #expect(seen == Array(repeating: true, count: 10))
    }
}
