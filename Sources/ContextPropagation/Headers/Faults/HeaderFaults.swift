/// The faults that one extraction met, without an allocation: one bit for each fault of each origin.
struct HeaderFaults: Sendable {
    /// It has 16 bits for each origin, and one of them for each code. A test compares the numbers. Whole words are set
    /// up with fewer instructions than their quarters.
    typealias Bits = InlineArray<3, UInt64>

    private var bits = Bits(repeating: 0)
    private(set) var isEmpty = true
    // Only these formats have members that can be dropped.
    private var droppedFromBaggage: UInt32 = 0
    private var droppedFromJaeger: UInt32 = 0
    private var droppedFromOTTrace: UInt32 = 0

    var droppedMembers: Int { Int(droppedFromBaggage) + Int(droppedFromJaeger) + Int(droppedFromOTTrace) }

    mutating func note(_ fault: HeaderFault, of origin: HeaderOrigin) {
        isEmpty = false
        bits[origin.index >> 2] |= UInt64(Self.bit(fault.code)) << Self.shift(origin)
    }

    /// Notes that a limit was reached and that members of `format`, a format with baggage, were dropped.
    mutating func note(_ limit: HeaderFault, dropped members: Int, of format: HeaderFormat) {
        note(limit, of: .format(format))
        let members = UInt32(clamping: members)
        switch format.kind {
        case .jaeger: droppedFromJaeger &+= members
        case .ottrace: droppedFromOTTrace &+= members
        default: droppedFromBaggage &+= members
        }
    }

    mutating func formUnion(_ other: HeaderFaults) {
        isEmpty = isEmpty && other.isEmpty
        for index in bits.indices { bits[index] |= other.bits[index] }
        droppedFromBaggage &+= other.droppedFromBaggage
        droppedFromJaeger &+= other.droppedFromJaeger
        droppedFromOTTrace &+= other.droppedFromOTTrace
    }

    func forEach(_ body: (HeaderMiss) -> Void) {
        guard !isEmpty else { return }
        for origin in HeaderOrigin.allCases {
            let codes = UInt16(truncatingIfNeeded: bits[origin.index >> 2] >> Self.shift(origin))
            if codes == 0 { continue }
            for code in HeaderFault.Code.allCases where codes & Self.bit(code) != 0 {
                let dropped = code == .tooLong || code == .tooManyMembers ? droppedMembers(of: origin) : 0
                body(HeaderMiss(origin: origin, fault: HeaderFault(code: code), droppedMembers: dropped))
            }
        }
    }

    private func droppedMembers(of origin: HeaderOrigin) -> Int {
        switch origin.format {
        case .baggage?: Int(droppedFromBaggage)
        case .jaeger?: Int(droppedFromJaeger)
        case .ottrace?: Int(droppedFromOTTrace)
        default: 0
        }
    }

    private static func shift(_ origin: HeaderOrigin) -> UInt64 { UInt64(origin.index & 3) * 16 }

    private static func bit(_ code: HeaderFault.Code) -> UInt16 { 1 << UInt16(code.rawValue) }
}

/// The sizes of the fixed arrays, and the numbers that they must match.
package enum HeaderFaultCapacity {
    package static var origins: Int { HeaderFaults.Bits.count * 4 }
    package static var codes: Int { UInt16.bitWidth }
    package static var counters: Int { HeaderCodecCounters.Cells.count }
    package static var neededCodes: Int { (HeaderFault.Code.allCases.map { Int($0.rawValue) }.max() ?? 0) + 1 }
    package static var neededCounters: Int { HeaderCodecCounters.neededCells }
}
