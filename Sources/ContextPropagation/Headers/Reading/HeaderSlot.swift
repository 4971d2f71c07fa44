/// The parsed value of one header. It gets at most ``HeaderSlot/maximumBytes``.
protocol HeaderValue {
    init(parsing value: Span<UInt8>) throws(HeaderFault)
}

/// The result of the headers of one name so far, in a format that allows only one of them.
struct HeaderSlot<Value> {
    /// A longer value is not read. No such format needs as much, and even white space is skipped within a bound.
    static var maximumBytes: Int { 8192 }

    private var state = State.absent

    private enum State {
        case absent
        case found(Value)
        case faulty(HeaderFault)
    }

    var isAbsent: Bool {
        if case .absent = state { true } else { false }
    }

    var value: Value? {
        guard case .found(let value) = state else { return nil }
        return value
    }

    var fault: HeaderFault? {
        guard case .faulty(let fault) = state else { return nil }
        return fault
    }

    /// Reads one more header of the name. Returns whether there was one before.
    @inline(__always)
    mutating func read(
        _ value: Span<UInt8>,
        _ duplicates: HeaderDuplicates,
        _ parse: (Span<UInt8>) throws(HeaderFault) -> Value
    ) -> Bool {
        let isRepeated = !isAbsent
        if isRepeated {
            switch duplicates.rule {
            case .last: break
            case .first: return true
            case .restart:
                state = .faulty(.duplicate)
                return true
            }
        }
        do throws(HeaderFault) {
            guard value.count <= Self.maximumBytes else { throw .tooLong }
            state = .found(try parse(value))
        } catch {
            state = .faulty(error)
        }
        return isRepeated
    }
}

extension HeaderSlot where Value: HeaderValue {
    /// Reads one more header of the name. Returns whether there was one before.
    @inline(__always)
    mutating func read(_ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        read(value, duplicates) { (value: Span<UInt8>) throws(HeaderFault) in try Value(parsing: value) }
    }
}
