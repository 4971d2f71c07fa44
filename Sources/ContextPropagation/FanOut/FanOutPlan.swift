/// The settings that every form of `fanOut` shares: the concurrency, the context and the executor.
@usableFromInline
final class FanOutPlan<Element: Sendable, Output: Sendable>: Sendable {
    @usableFromInline let maxConcurrency: Int
    @usableFromInline let taskID: String?
    @usableFromInline let executor: (any TaskExecutor)?
    @usableFromInline let body: @Sendable (Element) async throws -> Output

    /// Whether elements carry their own context. It is computed once, because the check is slow.
    @usableFromInline let carriesContext: Bool

    @inlinable
    init(
        _ maxConcurrency: Int,
        _ taskID: String?,
        _ executor: (any TaskExecutor)?,
        _ body: @escaping @Sendable (Element) async throws -> Output
    ) {
        self.maxConcurrency = max(1, maxConcurrency)
        self.taskID = taskID
        self.executor = executor
        self.body = body
        carriesContext = Element.self is any ContextCarrying.Type
    }

    /// Whether another element may be read. The number of results that wait for an earlier result stays below twice
    /// `maxConcurrency`.
    @inlinable
    func hasRoom(running: Int, held: Int) -> Bool {
        running < maxConcurrency && held < maxConcurrency
    }

    /// Runs the body for one element, in a child of the context that the element carries, or in a child of the current
    /// context. In a cancelled task, it runs nothing and returns `CancellationError`.
    @inlinable
    func run(_ element: Element, _ index: Int) async -> Result<Output, any Error> {
        if Task.isCancelled { return .failure(CancellationError()) }
        if carriesContext, let carried = (element as? any ContextCarrying)?.contextSnapshot {
            let child = carried.with(carried.logContext.child(taskID: taskID, index))
            return await child.run { await outcome(element) }
        }
        return await LogContext.$current.withValue(LogContext.current.child(taskID: taskID, index)) {
            await outcome(element)
        }
    }

    @inlinable
    func outcome(_ element: Element) async -> Result<Output, any Error> {
        do {
            return .success(try await body(element))
        } catch {
            return .failure(error)
        }
    }
}

extension LogContext {
    /// A child for the element with that index.
    @usableFromInline
    func child(taskID prefix: String?, _ index: Int) -> LogContext {
        child(taskID: prefix.map { "\($0)-\(index)" })
    }
}

/// Delivers results one by one in the requested order. A pure value.
@usableFromInline
struct FanOutSequencer<Output> {
    @usableFromInline let order: FanOutOrder
    @usableFromInline var early: [Int: Output] = [:]
    @usableFromInline var next = 0

    /// How many results wait for an earlier one.
    @inlinable var held: Int { early.count }

    @inlinable
    init(_ order: FanOutOrder) {
        self.order = order
    }

    /// Adds one result, and delivers every result that can now be delivered.
    @inlinable
    mutating func add(_ output: Output, at index: Int, _ give: (Output) async throws -> Void) async rethrows {
        guard order == .input else { return try await give(output) }
        guard index == next else {
            early[index] = output
            return
        }
        next += 1
        try await give(output)
        while let output = early.removeValue(forKey: next) {
            next += 1
            try await give(output)
        }
    }
}

/// Stores all results, and returns them in the requested order.
@usableFromInline
struct FanOutResults<Output> {
    @usableFromInline let order: FanOutOrder
    @usableFromInline var slots: [Output?] = []

    @inlinable
    init(_ order: FanOutOrder, capacity: Int) {
        self.order = order
        // `underestimatedCount` comes from the sequence and may be wrong.
        slots.reserveCapacity(min(capacity, 1024))
    }

    @inlinable
    mutating func add(_ output: Output, at index: Int) {
        guard order == .input else { return slots.append(output) }
        while slots.count <= index { slots.append(nil) }
        slots[index] = output
    }

    @inlinable var all: [Output] { slots.compactMap(\.self) }
}
