/// What all forms of `fanOut` share: how many at once, in which context and where.
struct FanOutPlan<Element: Sendable, Output: Sendable>: Sendable {
    let maxConcurrency: Int
    let taskID: String?
    let executor: (any TaskExecutor)?
    let body: @Sendable (Element) async throws -> Output

    /// Whether elements bring a context of their own; asked once, since asking is dear.
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

    /// Whether one more element may be taken. Of results that wait for an earlier one there are less than twice as many
    /// as run at once.
    func hasRoom(running: Int, held: Int) -> Bool {
        running < maxConcurrency && held < maxConcurrency
    }

    /// Runs the body for one element, in a child of the element's context where it has one, else of the current one.
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

/// Hands results over one by one in the order that was asked for. A pure value.
struct FanOutSequencer<Output> {
    private let order: FanOutOrder
    private var early: [Int: Output] = [:]
    private var next = 0

    /// How many results wait for an earlier one.
    var held: Int { early.count }

    init(_ order: FanOutOrder) {
        self.order = order
    }

    /// Takes one result, and gives those that it lets go.
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

/// Keeps all results, to be returned in the order that was asked for.
struct FanOutResults<Output> {
    private let order: FanOutOrder
    private var slots: [Output?] = []

    init(_ order: FanOutOrder, capacity: Int) {
        self.order = order
        // What a sequence says of itself may be anything.
        slots.reserveCapacity(min(capacity, 1024))
    }

    mutating func add(_ output: Output, at index: Int) {
        guard order == .input else { return slots.append(output) }
        while slots.count <= index { slots.append(nil) }
        slots[index] = output
    }

    var all: [Output] { slots.compactMap(\.self) }
}
