/// Runs `body` for each element of an asynchronous sequence, several at once, each in a child of the caller's context
/// or of the context that the element carries, and returns what they return.
///
/// All else is as with a `Sequence`. The next element is awaited only when there is room for it. When it ends early,
/// the task that awaits the next element is cancelled too: a sequence that does not react to that holds it up.
///
/// - Throws: The first error of a body or of the sequence; `CancellationError` when the calling task was cancelled
///   before the sequence ended.
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

/// Runs `body` for each element of an asynchronous sequence as `fanOut` does, and collects errors beside values.
///
/// - Throws: The error of the sequence; `CancellationError` when the calling task was cancelled before it ended.
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

/// Runs `body` for each element of an asynchronous sequence as `fanOut` does, and hands over each result: memory stays
/// flat however long the sequence is.
///
///     try await fanOut(uploads, maxConcurrency: 8, order: .completion) { upload in
///         try await store(upload)
///     } forEachResult: { result in
///         if case .failure(let error) = result { log.error("not stored", error: error) }
///     }
///
/// - Parameters:
///   - forEachResult: Runs on the caller's actor, one result at a time, in the caller's context. When it throws, the
///     rest is cancelled.
/// - Throws: What `forEachResult` throws; the error of the sequence; `CancellationError` when the calling task was
///   cancelled before the sequence ended.
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
    /// Gives `take` each result as it comes, with the index of its element; `take` says how many results it holds back.
    fileprivate func fanOut<Output: Sendable>(
        _ plan: FanOutPlan<Element, Output>,
        _ take: nonisolated(nonsending) (Int, Result<Output, any Error>) async throws -> Int
    ) async throws {
        try await withThrowingTaskGroup(of: FanOutEvent<Self, Output>.self) { group in
            var intake: FanOutIntake<Self>? = FanOutIntake(self)
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
                        .output(index, await plan.run(element, index))
                    }
                    taken += 1
                    running += 1
                    intake = next
                case .output(let index, let result):
                    running -= 1
                    held = try await take(index, result)
                case .end(let result):
                    try result.get()
                    // Most sequences end when their reader is cancelled, as if they had come to their end.
                    isAtEnd = !Task.isCancelled
                }
            }
            if !isAtEnd { throw CancellationError() }
        }
    }
}

private enum FanOutEvent<Elements: AsyncSequence & Sendable, Output: Sendable>: Sendable
where Elements.Element: Sendable {
    case element(Elements.Element, FanOutIntake<Elements>)
    case output(Int, Result<Output, any Error>)
    case end(Result<Void, any Error>)
}

/// The iterator of a sequence, on its way from one task that awaits an element to the next.
private struct FanOutIntake<Elements: AsyncSequence & Sendable>: @unchecked Sendable where Elements.Element: Sendable {
    // Unchecked because an iterator need not be Sendable: there is one of these at a time, each made when the one
    // before has ended, so no two tasks ever use the iterator together.
    private var iterator: Elements.AsyncIterator?
    private let elements: Elements

    init(_ elements: Elements) {
        self.elements = elements
    }

    /// The next element and what awaits the one after it.
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
