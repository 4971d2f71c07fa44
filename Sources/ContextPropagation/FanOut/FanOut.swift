/// Runs `body` for each element, several at once, and returns the results.
///
/// When to use it: for one collection whose results are needed together. It is structured: when it returns, nothing of
/// it still runs. For a stream of jobs from many callers use ``WorkerPool``.
///
///     let boxes = try await fanOut(frames, maxConcurrency: 8, taskID: "inference") { frame in
///         log.info("frame inferred")                  // has its own span, "task_id":"inference-3"
///         return try await model.detect(frame)
///     }
///
/// Each element runs in the caller's trace with its own span. An element that is ``ContextCarrying`` runs in a child of
/// the context that it carries. The first error ends the call: the running bodies are cancelled and awaited, and the
/// error is thrown. A body that has not started by then, for example because all threads of `executor` are busy, is
/// never called. Cancelling the calling task ends the call, too. But the system cancels one task after another, and
/// until it reaches the last one, bodies may still start. The result of a body that was not called is
/// `CancellationError`.
///
/// - Parameters:
///   - elements: The elements. The next one is read only when another body may start.
///   - maxConcurrency: The largest number of bodies that run at once. A number below 1 counts as 1.
///   - taskID: The prefix of the `task_id` of the lines; the index of the element follows it, from 0. Nil keeps the
///     caller's `task_id`.
///   - order: The order of the results.
///   - executor: The executor of the bodies. Pass a ``ThreadPoolExecutor`` for bodies that block or compute for a long
///     time.
///   - body: The code to run. It runs once for each element. Bodies that run one after the other may share a task.
/// - Throws: The first error of a body; `CancellationError` if the calling task was cancelled before the call reached
///   the end of the elements, or before each body had started. The call looks for the end when another body may start.
@inlinable
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

/// Runs `body` for each element as `fanOut` does, and returns a value or an error for each element. An error does not
/// end the other bodies.
///
///     for result in try await fanOutResults(urls, maxConcurrency: 4, { try await fetch($0) }) {
///         if case .failure(let error) = result { log.warning("not fetched", error: error) }
///     }
///
/// - Returns: One result for each element.
/// - Throws: `CancellationError` if the calling task was cancelled before the call reached the end of the elements.
@inlinable
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

/// Runs `body` for each element as `fanOut` does, and calls `forEachResult` with each result. No result is stored, so
/// the use of memory does not grow.
///
///     try await fanOut(paths, maxConcurrency: 8) { path in
///         try await hash(path)
///     } forEachResult: { result in
///         total += try result.get()
///     }
///
/// `forEachResult` runs on the caller's actor, for one result at a time, in the caller's context. If it throws, the
/// remaining bodies are cancelled, as after an error of a body. Call `try result.get()` to end at the first error, or
/// switch over the result to continue after errors.
///
/// - Throws: The error of `forEachResult`; `CancellationError` if the calling task was cancelled before the call
///   reached the end of the elements.
@inlinable
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
    /// Calls `take` with each result when it arrives, and with the index of its element. `take` returns the number of
    /// results that it holds back.
    @inlinable
    func fanOut<Output: Sendable>(
        _ plan: FanOutPlan<Element, Output>,
        _ take: nonisolated(nonsending) (Int, Result<Output, any Error>) async throws -> Int
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var workers = FanOutWorkers(plan)
            defer { workers.end() }
            var iterator = makeIterator()
            var taken = 0
            var running = 0
            var held = 0
            var isAtEnd = false
            while true {
                while !isAtEnd, plan.hasRoom(running: running, held: held), !Task.isCancelled {
                    guard let element = iterator.next() else {
                        isAtEnd = true
                        workers.close()
                        break
                    }
                    if !workers.give(FanOutJob(element: element, index: taken)) {
                        let exchange = workers.exchange
                        group.addTask(executorPreference: plan.executor) { await exchange.work() }
                    }
                    taken += 1
                    running += 1
                }
                guard running > 0 else { break }
                let report = await workers.nextReport()
                running -= 1
                held = try await take(report.index, report.result)
            }
            // Reading one more element would show whether any was left, but a cancelled call must read no more
            // elements.
            if !isAtEnd { throw CancellationError() }
        }
    }
}
