/// The settings that every form of `fanOut` shares: the concurrency, the context and the executor.
struct FanOutPlan<Element: Sendable, Output: Sendable>: Sendable {
    let maxConcurrency: Int
    let taskID: String?
    let executor: (any TaskExecutor)?
    let body: @Sendable (Element) async throws -> Output

    /// Whether elements carry their own context. It is computed once, because the check is slow.
    private let carriesContext = Element.self is any ContextCarrying.Type

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
    }

    /// Whether another element may be read. The number of results that wait for an earlier result stays below twice
    /// `maxConcurrency`.
    func hasRoom(running: Int, held: Int) -> Bool {
        running < maxConcurrency && held < maxConcurrency
    }

    /// Runs the body for one element, in a child of the context that the element carries, or in a child of the current
    /// context.
    func run(_ element: Element, _ index: Int) async -> Result<Output, any Error> {
        let taskID = taskID.map { "\($0)-\(index)" }
        let carried = carriesContext ? (element as? any ContextCarrying)?.contextSnapshot : nil
        let context = (carried?.logContext ?? .current).child(taskID: taskID)
        guard let carried else { return await withLogContext(context) { await outcome(element) } }
        return await carried.with(context).run { await outcome(element) }
    }

    private func outcome(_ element: Element) async -> Result<Output, any Error> {
        do {
            return .success(try await body(element))
        } catch {
            return .failure(error)
        }
    }
}

/// Delivers results one by one in the requested order. A pure value.
struct FanOutSequencer<Output> {
    private let order: FanOutOrder
    private var early: [Int: Output] = [:]
    private var next = 0

    /// How many results wait for an earlier one.
    var held: Int { early.count }

    init(_ order: FanOutOrder) {
        self.order = order
    }

    /// Adds one result, and delivers every result that can now be delivered.
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
struct FanOutResults<Output> {
    private let order: FanOutOrder
    private var slots: [Output?] = []

    init(_ order: FanOutOrder, capacity: Int) {
        self.order = order
        // `underestimatedCount` comes from the sequence and may be wrong.
        slots.reserveCapacity(min(capacity, 1024))
    }

    mutating func add(_ output: Output, at index: Int) {
        guard order == .input else { return slots.append(output) }
        while slots.count <= index { slots.append(nil) }
        slots[index] = output
    }

    var all: [Output] { slots.compactMap(\.self) }
}
