/// One registered value in a snapshot, with a link to the next value.
protocol SnapshotValue: AnyObject, Sendable {
    /// Runs `body` with this value and all following values bound.
    func run(_ body: () -> Void)

    /// Runs `body` with this value and all following values bound.
    func run(_ body: nonisolated(nonsending) () async -> Void) async
}

final class CarriedPairValue<Value: Sendable>: SnapshotValue {
    private let value: Value
    private let pair: ContextPair<Value>
    private let next: (any SnapshotValue)?

    init(_ value: Value, _ pair: ContextPair<Value>, next: (any SnapshotValue)?) {
        self.value = value
        self.pair = pair
        self.next = next
    }

    func run(_ body: () -> Void) {
        guard let next else { return pair.run(value, body) }
        pair.run(value) { next.run(body) }
    }

    func run(_ body: nonisolated(nonsending) () async -> Void) async {
        guard let next else { return await pair.runAsync(value, body) }
        await pair.runAsync(value) { await next.run(body) }
    }
}

/// The functions that capture and bind one registered value.
struct ContextPair<Value: Sendable>: Sendable {
    let capture: @Sendable (CapturePlace) -> Value?
    let run: @Sendable (Value, () -> Void) -> Void
    let runAsync: @Sendable (Value, nonisolated(nonsending) () async -> Void) async -> Void
}
