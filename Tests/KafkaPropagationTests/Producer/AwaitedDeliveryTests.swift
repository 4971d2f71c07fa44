import TestSupport
import Testing

@testable import ContextPropagation
@testable import KafkaPropagation

@Suite("A delivery that a task awaits", .timeLimit(.minutes(10)))
struct AwaitedDeliveryTests {
    private static let offset: KafkaOffset = 7

    private static func isDelivered(_ outcome: AwaitedDelivery.Outcome?) -> Bool {
        if case .delivered(3, offset) = outcome { true } else { false }
    }

    @Test("A report that comes first is there at once, also in a cancelled task")
    func first() async {
        for isCancelled in [false, true] {
            let task = Task {
                if isCancelled { withUnsafeCurrentTask { $0?.cancel() } }
                let delivery = AwaitedDelivery()
                delivery.finish(.delivered(3, Self.offset))
                return await delivery.wait()
            }
            #expect(Self.isDelivered(await task.value))
        }
    }

    @Test("A cancelled task waits for no report, and a report that comes later does no harm")
    func cancelled() async {
        let delivery = AwaitedDelivery()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await delivery.wait()
        }
        #expect(await task.value == nil)
        delivery.finish(.failed(.queueFull))
    }

    @Test("In races of a report with a cancellation, the task is resumed exactly once, with the report or without")
    func races() async {
        // A second resumption would crash, and a missing one would exceed the time limit.
        for round in 0..<20_000 {
            let delivery = AwaitedDelivery()
            let waiting = Task { await delivery.wait() }
            async let finished: Void = Self.finish(delivery)
            if round % 3 > 0 { waiting.cancel() }
            let outcome = await waiting.value
            await finished
            #expect(Self.isDelivered(outcome) || (outcome == nil && round % 3 > 0))
        }
    }

    @concurrent
    private static func finish(_ delivery: AwaitedDelivery) async {
        delivery.finish(.delivered(3, offset))
    }
}

extension AwaitedDelivery.Outcome? {
    fileprivate static func == (left: Self, right: _OptionalNilComparisonType) -> Bool {
        if case .none = left { true } else { false }
    }
}
