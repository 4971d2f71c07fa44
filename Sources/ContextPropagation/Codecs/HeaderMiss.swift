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

/// The faults that one reading met, without an allocation: at most two of each format, which is what one can have (a
/// `tracestate` beside a `traceparent`).
struct HeaderFaults: Sendable {
    private var codes = InlineArray<18, UInt8>(repeating: 0)
    private var isEmpty = true

    mutating func note(_ fault: HeaderFault, of format: HeaderFormat) {
        isEmpty = false
        let index = 2 * Int(format.kind.rawValue)
        if codes[index] == 0 {
            codes[index] = fault.code.rawValue
        } else if codes[index] != fault.code.rawValue {
            codes[index + 1] = fault.code.rawValue
        }
    }

    func forEach(_ body: (HeaderMiss) -> Void) {
        guard !isEmpty else { return }
        for kind in HeaderFormat.Kind.allCases {
            for index in 2 * Int(kind.rawValue)...2 * Int(kind.rawValue) + 1 {
                if let code = HeaderFault.Code(rawValue: codes[index]) {
                    body(HeaderMiss(format: HeaderFormat(kind: kind), fault: HeaderFault(code: code)))
                }
            }
        }
    }
}
