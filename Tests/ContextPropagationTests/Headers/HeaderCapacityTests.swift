import ContextPropagation
import Testing

@Suite("Sizes of fixed arrays", .timeLimit(.minutes(10)))
struct HeaderCapacityTests {
    @Test("The fixed arrays have room for every fault of every origin")
    func capacity() {
        #expect(HeaderFaultCapacity.origins >= HeaderOrigin.allCases.count)
        #expect(HeaderFaultCapacity.codes >= HeaderFaultCapacity.neededCodes)
        #expect(HeaderFaultCapacity.counters >= HeaderFaultCapacity.neededCounters)
    }

    @Test("Faults, formats, origins and rules print as the words that a counter's label shows")
    func descriptions() {
        #expect("\(HeaderFault.upperCaseHex)" == "upper-case hex")
        #expect("\([HeaderOrigin.format(.b3Multi), .cloudEvents, .custom])" == "[b3multi, cloudevents, custom]")
        #expect("\([HeaderDuplicates.last, .restart, .first])" == "[last, restart, first]")
        #expect(Set(HeaderFault.allCases.map(\.description)).count == HeaderFault.allCases.count)
        #expect(HeaderOrigin.allCases.map(\.format) == HeaderFormat.allCases.map { $0 } + [nil, nil])
    }

    @Test("Dropped members of baggage are counted, and the miss prints their number")
    func dropped() {
        let members = (0..<70).map { "k\($0)=v" }.joined(separator: ",")
        let found = HeaderCodecs([.baggage]).extract(from: ["baggage": members])
        #expect(found.misses.map(\.description) == ["baggage: too many members (6 dropped)"])
        let counters = HeaderCodecCounters()
        for _ in 0..<2 { counters.count(found) }
        #expect(counters.statistics.droppedBaggageMembers == 12)
        #expect(counters.statistics.misses.map { "\($0.key) \($0.value)" } == ["baggage: too many members 2"])
        #expect(counters.statistics.openMetrics.contains("\nheader_dropped_members_total 12\n"))
    }
}
