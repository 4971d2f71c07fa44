/// A format whose headers were there and could not be used.
public struct HeaderMiss: Hashable, Sendable {
    public let format: HeaderFormat
    public let fault: HeaderFault

    init(format: HeaderFormat, fault: HeaderFault) {
        self.format = format
        self.fault = fault
    }
}

extension HeaderMiss: CustomStringConvertible {
    /// As in `b3: upper-case hex`.
    public var description: String { "\(format): \(fault)" }
}

/// The faults that one reading met: a bit for each, by format, and no allocation.
struct HeaderFaults: Sendable {
    private var bits = InlineArray<9, UInt16>(repeating: 0)
    private var isEmpty = true

    mutating func note(_ fault: HeaderFault, of format: HeaderFormat) {
        isEmpty = false
        bits[Int(format.kind.rawValue)] |= Self.bit(fault.code)
    }

    mutating func formUnion(_ other: HeaderFaults) {
        isEmpty = isEmpty && other.isEmpty
        for index in bits.indices { bits[index] |= other.bits[index] }
    }

    func forEach(_ body: (HeaderMiss) -> Void) {
        guard !isEmpty else { return }
        for kind in HeaderFormat.Kind.allCases where bits[Int(kind.rawValue)] != 0 {
            for code in HeaderFault.Code.allCases where bits[Int(kind.rawValue)] & Self.bit(code) != 0 {
                body(HeaderMiss(format: HeaderFormat(kind: kind), fault: HeaderFault(code: code)))
            }
        }
    }

    private static func bit(_ code: HeaderFault.Code) -> UInt16 { 1 << UInt16(code.rawValue) }
}
