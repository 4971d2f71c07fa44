import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Queue of delivery reports", .timeLimit(.minutes(3)))
struct ReportChannelTests {
    private static func report(_ number: Int) -> KafkaDeliveryReport {
        KafkaDeliveryReport(topic: "t", partition: 0, offset: KafkaOffset(rawValue: number), context: .newTrace())
    }

    @Test("The memory of a batch that was taken is used again, and reports stay in order")
    func memory() async {
        let channel = ReportChannel(capacity: 1000)
        channel.open()
        var next: [KafkaDeliveryReport] = []
        var spent: [KafkaDeliveryReport] = []
        for round in 0..<10 {
            for number in 0..<20 { next.append(Self.report(round * 20 + number)) }
            for _ in next { #expect(channel.reserve()) }
            let batch = next
            next = []
            next = channel.append(batch)
            // The first batch is given back in the second round.
            #expect(next.isEmpty && next.capacity >= (round < 2 ? 0 : 20))
            var taken = await channel.take(after: spent) ?? []
            #expect(taken.map { $0.offset?.rawValue } == (0..<20).reversed().map { round * 20 + $0 })
            taken.removeAll(keepingCapacity: true)
            spent = taken
        }
        channel.close()
    }
}
