internal import Synchronization

/// Runs `body` for each element of an asynchronous sequence, several at once, and returns the results.
///
/// Each element runs in a child of the caller's context, or in a child of the context that it carries. Everything else
/// is as with a `Sequence`. The function awaits the next element only when another body may start. When it ends early,
/// it also cancels the task that awaits the next element. A sequence that ignores cancellation delays the end.
///
/// - Throws: The first error of a body or of the sequence; `CancellationError` if the calling task was cancelled before
///   the sequence ended.
@discardableResult
public func fanOut<Elements: AsyncSequence & Sendable, Output: Sendable>(
    _ elements: Elements,
    maxConcurrency: Int,
    taskID: String? = nil,
    order: FanOutOrder = .input,
    on executor: (any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (Elements.Element) async throws -> Output
) async throws -> [Output] where Elements.Element: Sendable {
    var outputs = FanOutResults<Output>(order, capacity: 0)
    try await elements.fanOut(FanOutPlan(maxConcurrency, taskID, executor, body)) { index, result in
        outputs.add(try result.get(), at: index)
        return 0
    }
    return outputs.all
}

/// Runs `body` for each element of an asynchronous sequence as `fanOut` does, and returns a value or an error for each
/// element.
///
/// - Throws: The error of the sequence; `CancellationError` if the calling task was cancelled before the sequence
///   ended.
public func fanOutResults<Elements: AsyncSequence & Sendable, Output: Sendable>(
    _ elements: Elements,
    maxConcurrency: Int,
    taskID: String? = nil,
    order: FanOutOrder = .input,
    on executor: (any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (Elements.Element) async throws -> Output
) async throws -> [Result<Output, any Error>] where Elements.Element: Sendable {
    var results = FanOutResults<Result<Output, any Error>>(order, capacity: 0)
    try await elements.fanOut(FanOutPlan(maxConcurrency, taskID, executor, body)) { index, result in
        results.add(result, at: index)
        return 0
    }
    return results.all
}

/// Runs `body` for each element of an asynchronous sequence as `fanOut` does, and calls `forEachResult` with each
/// result.
///
/// When to use it: for a long or endless sequence. No result is stored, so the use of memory does not grow.
///
///     try await fanOut(uploads, maxConcurrency: 8, order: .completion) { upload in
///         try await store(upload)
///     } forEachResult: { result in
///         if case .failure(let error) = result { log.error("not stored", error: error) }
///     }
///
/// `forEachResult` runs on the caller's actor, for one result at a time, in the caller's context. If it throws, the
/// remaining work is cancelled.
///
/// - Throws: The error of `forEachResult` or of the sequence; `CancellationError` if the calling task was cancelled
///   before the sequence ended.
public func fanOut<Elements: AsyncSequence & Sendable, Output: Sendable>(
    _ elements: Elements,
    maxConcurrency: Int,
    taskID: String? = nil,
    order: FanOutOrder = .input,
    on executor: (any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (Elements.Element) async throws -> Output,
    forEachResult: nonisolated(nonsending) (Result<Output, any Error>) async throws -> Void
) async throws where Elements.Element: Sendable {
    var sequencer = FanOutSequencer<Result<Output, any Error>>(order)
    try await elements.fanOut(FanOutPlan(maxConcurrency, taskID, executor, body)) { index, result in
        try await sequencer.add(result, at: index, forEachResult)
        return sequencer.held
    }
}

extension AsyncSequence where Self: Sendable, Element: Sendable {
    /// Calls `take` with each result when it arrives, and with the index of its element. `take` returns the number of
    /// results that it holds back.
    fileprivate func fanOut<Output: Sendable>(
        _ plan: FanOutPlan<Element, Output>,
        _ take: nonisolated(nonsending) (Int, Result<Output, any Error>) async throws -> Int
    ) async throws {
        try await withThrowingTaskGroup(of: FanOutEvent<Self, Output>.self) { group in
            var intake: FanOutIntake<Self>? = FanOutIntake(self)
            // The group cancels one task after another. Meanwhile, a body could begin on a thread that another one
            // leaves.
            let end = FanOutEnd()
            defer { end.hasCome.store(true, ordering: .releasing) }
            var taken = 0
            var running = 0
            var held = 0
            var isAtEnd = false
            while true {
                if plan.hasRoom(running: running, held: held), !Task.isCancelled, let next = intake.take() {
                    group.addTask { await next.event() }
                }
                guard let event = try await group.next() else { break }
                switch event {
                case .element(let element, let next):
                    let index = taken
                    group.addTask(executorPreference: plan.executor) {
                        let isLate = end.hasCome.load(ordering: .acquiring)
                        return .output(index, isLate ? .failure(CancellationError()) : await plan.run(element, index))
                    }
                    taken += 1
                    running += 1
                    intake = next
                case .output(let index, let result):
                    running -= 1
                    held = try await take(index, result)
                case .end(let result):
                    try result.get()
                    // Most sequences end normally when their reader is cancelled.
                    isAtEnd = !Task.isCancelled
                }
            }
            if !isAtEnd { throw CancellationError() }
        }
    }
}

/// Tells the tasks of a call that no further body may begin.
private final class FanOutEnd: Sendable {
    let hasCome = Atomic<Bool>(false)
}

private enum FanOutEvent<Elements: AsyncSequence & Sendable, Output: Sendable>: Sendable
where Elements.Element: Sendable {
    case element(Elements.Element, FanOutIntake<Elements>)
    case output(Int, Result<Output, any Error>)
    case end(Result<Void, any Error>)
}

/// The iterator of a sequence. Each task that awaits an element passes it to the next such task.
private struct FanOutIntake<Elements: AsyncSequence & Sendable>: @unchecked Sendable where Elements.Element: Sendable {
    // Unchecked because an iterator need not be Sendable. Only one of these values exists at a time, and each is made
    // after the previous one has ended, so no two tasks use the iterator at the same time.
    private var iterator: Elements.AsyncIterator?
    private let elements: Elements

    init(_ elements: Elements) {
        self.elements = elements
    }

    /// Returns the next element, together with the value that awaits the element after it.
    consuming func event<Output>() async -> FanOutEvent<Elements, Output> {
        var iterator = iterator ?? elements.makeAsyncIterator()
        do {
            guard let element = try await iterator.next(isolation: #isolation) else { return .end(.success(())) }
            self.iterator = iterator
            return .element(element, self)
        } catch {
            return .end(.failure(error))
        }
    }
}
