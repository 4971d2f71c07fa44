/// Runs `body` for each element, several at once, each in a child of the caller's context, and returns what they
/// return.
///
/// When to use it: for one collection whose results are wanted together. It is structured: nothing runs when it has
/// returned. For a stream of jobs from many places use ``WorkerPool``.
///
///     let boxes = try await fanOut(frames, maxConcurrency: 8, taskID: "inference") { frame in
///         log.info("frame inferred")                  // a span of its own, "task_id":"inference-3"
///         return try await model.detect(frame)
///     }
///
/// Each element runs in the caller's trace with a span of its own; an element that is ``ContextCarrying`` in a child of
/// the context that it carries. The first error ends it: no more elements are taken, those that run are cancelled and
/// waited for, and the error is thrown. When the calling task is cancelled the same happens, intake first.
///
/// - Parameters:
///   - elements: Read one by one, no sooner than there is room.
///   - maxConcurrency: How many run at once; less than 1 is 1.
///   - taskID: With the index of the element behind it, from 0, the `task_id` of its lines. Nil keeps the caller's.
///   - order: Of the results.
///   - executor: Where to run, for bodies that block or compute: a ``ThreadPoolExecutor``.
///   - body: Runs once for each element, in a task of its own.
/// - Throws: The first error of a body; `CancellationError` when the calling task was cancelled before the end of the
///   elements was seen, which is looked for when there is room for one more.
@discardableResult
public func fanOut<Elements: Sequence, Output: Sendable>(
    _ elements: Elements,
    maxConcurrency: Int,
    taskID: String? = nil,
    order: FanOutOrder = .input,
    on executor: (any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (Elements.Element) async throws -> Output
) async throws -> [Output] where Elements.Element: Sendable {
    var outputs = FanOutResults<Output>(order, capacity: elements.underestimatedCount)
    try await elements.fanOut(FanOutPlan(maxConcurrency, taskID, executor, body)) { index, result in
        outputs.add(try result.get(), at: index)
        return 0
    }
    return outputs.all
}

/// Runs `body` for each element as `fanOut` does, and collects errors beside values: one error does not end the others.
///
///     for result in try await fanOutResults(urls, maxConcurrency: 4, { try await fetch($0) }) {
///         if case .failure(let error) = result { log.warning("not fetched", error: error) }
///     }
///
/// - Returns: One result for each element.
/// - Throws: `CancellationError` when the calling task was cancelled before the end of the elements was seen.
public func fanOutResults<Elements: Sequence, Output: Sendable>(
    _ elements: Elements,
    maxConcurrency: Int,
    taskID: String? = nil,
    order: FanOutOrder = .input,
    on executor: (any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (Elements.Element) async throws -> Output
) async throws -> [Result<Output, any Error>] where Elements.Element: Sendable {
    var results = FanOutResults<Result<Output, any Error>>(order, capacity: elements.underestimatedCount)
    try await elements.fanOut(FanOutPlan(maxConcurrency, taskID, executor, body)) { index, result in
        results.add(result, at: index)
        return 0
    }
    return results.all
}

/// Runs `body` for each element as `fanOut` does, and hands over each result instead of keeping them all: memory stays
/// flat.
///
///     try await fanOut(paths, maxConcurrency: 8) { path in
///         try await hash(path)
///     } forEachResult: { result in
///         total += try result.get()
///     }
///
/// - Parameters:
///   - forEachResult: Runs on the caller's actor, one result at a time, in the caller's context. When it throws, the
///     rest is cancelled as after an error of a body; so `try result.get()` fails, at once with the order
///     `.completion`, else in its turn, and looking at the error collects.
/// - Throws: What `forEachResult` throws; `CancellationError` when the calling task was cancelled before the end of the
///   elements was seen.
public func fanOut<Elements: Sequence, Output: Sendable>(
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

extension Sequence where Element: Sendable {
    /// Gives `take` each result as it comes, with the index of its element; `take` says how many results it holds back.
    fileprivate func fanOut<Output: Sendable>(
        _ plan: FanOutPlan<Element, Output>,
        _ take: nonisolated(nonsending) (Int, Result<Output, any Error>) async throws -> Int
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result<Output, any Error>).self) { group in
            var iterator = makeIterator()
            var taken = 0
            var running = 0
            var held = 0
            var isAtEnd = false
            while true {
                while !isAtEnd, plan.hasRoom(running: running, held: held), !Task.isCancelled {
                    guard let element = iterator.next() else {
                        isAtEnd = true
                        break
                    }
                    let index = taken
                    group.addTask(executorPreference: plan.executor) { (index, await plan.run(element, index)) }
                    taken += 1
                    running += 1
                }
                guard let (index, result) = try await group.next() else { break }
                running -= 1
                held = try await take(index, result)
            }
            // One more look would tell whether any element was left, but intake has to stop first.
            if !isAtEnd { throw CancellationError() }
        }
    }
}
