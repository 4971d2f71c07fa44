/// The faults that one extraction met, without an allocation: one bit for each fault of each origin.
struct HeaderFaults: Sendable {
    /// It has one element for each origin and one bit for each code. A test compares the numbers.
    typealias Bits = InlineArray<9, UInt16>

    private var bits = Bits(repeating: 0)
    private(set) var isEmpty = true
    // Only these two formats have members that can be dropped.
    private var droppedFromBaggage: UInt32 = 0
    private var droppedFromJaeger: UInt32 = 0

    var droppedMembers: Int { Int(droppedFromBaggage) + Int(droppedFromJaeger) }

    mutating func note(_ fault: HeaderFault, of origin: HeaderOrigin) {
        isEmpty = false
        bits[origin.index] |= Self.bit(fault.code)
    }

    /// Notes that a limit was reached and that members of `format`, W3C's or Jaeger's baggage, were dropped.
    mutating func note(_ limit: HeaderFault, dropped members: Int, of format: HeaderFormat) {
        note(limit, of: .format(format))
        let members = UInt32(clamping: members)
        if format == .jaeger { droppedFromJaeger &+= members } else { droppedFromBaggage &+= members }
    }

    mutating func formUnion(_ other: HeaderFaults) {
        isEmpty = isEmpty && other.isEmpty
        for index in bits.indices { bits[index] |= other.bits[index] }
        droppedFromBaggage &+= other.droppedFromBaggage
        droppedFromJaeger &+= other.droppedFromJaeger
    }

    func forEach(_ body: (HeaderMiss) -> Void) {
        guard !isEmpty else { return }
        for origin in HeaderOrigin.allCases where bits[origin.index] != 0 {
            for code in HeaderFault.Code.allCases where bits[origin.index] & Self.bit(code) != 0 {
                let dropped = code == .tooLong || code == .tooManyMembers ? droppedMembers(of: origin) : 0
                body(HeaderMiss(origin: origin, fault: HeaderFault(code: code), droppedMembers: dropped))
            }
        }
    }

    private func droppedMembers(of origin: HeaderOrigin) -> Int {
        switch origin.format {
        case .baggage?: Int(droppedFromBaggage)
        case .jaeger?: Int(droppedFromJaeger)
        default: 0
        }
    }

    private static func bit(_ code: HeaderFault.Code) -> UInt16 { 1 << UInt16(code.rawValue) }
}

/// The sizes of the fixed arrays, and the numbers that they must match.
package enum HeaderFaultCapacity {
    package static var origins: Int { HeaderFaults.Bits.count }
    package static var codes: Int { UInt16.bitWidth }
    package static var counters: Int { HeaderCodecCounters.Cells.count }
    package static var neededCodes: Int { (HeaderFault.Code.allCases.map { Int($0.rawValue) }.max() ?? 0) + 1 }
    package static var neededCounters: Int { HeaderCodecCounters.neededCells }
}
