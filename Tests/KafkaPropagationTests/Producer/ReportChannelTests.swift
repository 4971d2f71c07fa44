import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Queue of delivery reports", .timeLimit(.minutes(10)))
struct ReportChannelTests {
    private static func report(_ number: Int, error: KafkaError? = nil) -> KafkaDeliveryReport {
        let offset = KafkaOffset(rawValue: number)
        return KafkaDeliveryReport(topic: "t", partition: 0, offset: offset, error: error, context: .newTrace())
    }

    @Test("The memory of a batch that was taken is used again, and reports stay in order")
    func memory() async {
        let channel = ReportChannel(capacity: 1000) { _, _ in }
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

    @Test("The reports that an iterator took and did not give go to the next iterator, and hold their places")
    func rest() async {
        let channel = ReportChannel(capacity: 10) { _, _ in }
        let reports = KafkaDeliveryReports(channel)
        for _ in 0..<10 { #expect(channel.reserve()) }
        channel.append((0..<10).map { Self.report($0) })
        for number in 0..<3 {
            var taken: [Int?] = []
            for await report in reports.prefix(1) { taken.append(report.offset?.rawValue) }
            #expect(taken == [number])
        }
        for _ in 0..<3 { #expect(channel.reserve()) }
        #expect(!channel.reserve())
        var left: [Int?] = []
        for await report in reports.prefix(7) { left.append(report.offset?.rawValue) }
        #expect(left == Array(3..<10))
    }

    @Test("A waiting iterator gets the reports that another one gives back")
    func restWakes() async {
        let channel = ReportChannel(capacity: 10) { _, _ in }
        let reports = KafkaDeliveryReports(channel)
        for _ in 0..<2 { #expect(channel.reserve()) }
        channel.append([Self.report(0), Self.report(1)])
        var first: KafkaDeliveryReports.AsyncIterator? = reports.makeAsyncIterator()
        #expect(await first?.next()?.offset == 0)
        async let second = reports.first { _ in true }
        first = nil
        #expect(await second?.offset == 1)
    }

    @Test("No reader gets the report of a message that was enqueued for earlier readers, and its failure is noted")
    func openings() async {
        let failures = Locked<[Int?]>([])
        let channel = ReportChannel(capacity: 10) { report, drop in
            #expect(drop == .onArrival)
            failures.append(report.offset?.rawValue)
        }
        var routes: [ReportChannel.Route] = []
        for _ in 0..<5 {
            channel.open()
            routes.append(channel.route)
            #expect(channel.reserve())
            channel.close()
        }
        #expect(routes[0] == .tag && Set(routes.map(\.rawValue)).count == 5 && channel.route == .none)
        let reports = KafkaDeliveryReports(channel)
        #expect(channel.reserve())
        for (number, route) in routes.enumerated() {
            let error = number % 2 == 0 ? KafkaError(.timedOut, "late") : nil
            channel.append([Self.report(number, error: error)], by: route)
        }
        channel.append([Self.report(5)], by: channel.route)
        #expect(await reports.first { _ in true }?.offset == 5)
        #expect(failures.value == [0, 2, 4])
    }

    @Test("When the last reader leaves, untaken reports are dropped, their failures are noted, and all is as before")
    func untaken() {
        let failures = Locked<[Int?]>([])
        let channel = ReportChannel(capacity: 3) { report, drop in
            #expect(drop == .later)
            failures.append(report.offset?.rawValue)
        }
        for _ in 0..<2 {
            channel.open()
            #expect(channel.route == .tag)
            for _ in 0..<3 { #expect(channel.reserve()) }
            let late = KafkaError(.timedOut, "late")
            channel.append([Self.report(0, error: late), Self.report(1), Self.report(2, error: late)])
            channel.close()
        }
        #expect(failures.value == [0, 2, 0, 2])
    }
}
