import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The queue of waiters", .timeLimit(.minutes(10)))
struct WaiterQueueTests {
    @Test("Waiters are taken in the order in which they came, and each is taken or removed once", arguments: 0..<50)
    func order(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var queue = WaiterQueue<Int>()
        var waiting: [Int] = []
        var tickets: [WaiterQueue<Int>.Ticket] = []
        // Some runs grow, and some are often empty.
        let additions = UInt64.random(in: 30...70, using: &random)
        for _ in 0..<2_000 {
            switch UInt64.random(in: 0..<100, using: &random) {
            case ..<additions:
                waiting.append(tickets.count)
                tickets.append(queue.append(tickets.count))
            case ..<(additions + 15):
                let taken = queue.popFirst()
                #expect(taken == (waiting.isEmpty ? nil : waiting.removeFirst()))
            case 99 where seed.isMultiple(of: 5):
                let all = queue.removeAll()
                #expect(all == waiting)
                waiting = []
            default:
                // Half of them may wait no longer.
                let any = Bool.random(using: &random) ? Array(tickets.indices) : waiting
                guard let waiter = any.randomElement(using: &random) else { continue }
                let index = waiting.firstIndex(of: waiter)
                let isRemoved = queue.remove(tickets[waiter])
                #expect(isRemoved == (index != nil))
                if let index { waiting.remove(at: index) }
            }
            try #require(queue.count == waiting.count && queue.isEmpty == waiting.isEmpty)
            try #require(queue.placeCount <= 2 * queue.count + 16)
        }
        while let waiter = queue.popFirst() { #expect(waiter == waiting.removeFirst()) }
        #expect(waiting.isEmpty && Set(tickets).count == tickets.count)
    }

    @Test("100,000 waiters leave in any order, while the first one stays")
    func many() {
        var random = SplitMix(state: 1)
        for order in [Array(1..<100_000), (1..<100_000).reversed(), (1..<100_000).shuffled(using: &random)] {
            var queue = WaiterQueue<Int>()
            let tickets = (0..<100_000).map { queue.append($0) }
            let areRemoved = order.allSatisfy { queue.remove(tickets[$0]) }
            #expect(areRemoved)
            #expect(queue.count == 1 && queue.placeCount <= 18)
            let last = queue.popFirst()
            #expect(last == 0)
        }
    }

    @Test("A queue keeps no waiter that was taken or removed")
    func memory() {
        final class Waiter {}
        var queue = WaiterQueue<Waiter>()
        var waiters = (0..<30).map { _ in Waiter() }
        let tickets = waiters.map { queue.append($0) }
        for ticket in tickets[..<10] { _ = queue.remove(ticket) }
        for _ in 0..<10 { _ = queue.popFirst() }
        let kept = waiters.indices.filter { !isKnownUniquelyReferenced(&waiters[$0]) }
        #expect(kept == Array(20..<30))
    }
}
