public import ContextPropagation

/// A type whose values a field can hold.
///
/// Numbers, booleans, texts, and optionals, arrays and dictionaries of them conform. An enum with a raw value needs no
/// code. Any other type writes itself:
///
///     enum Codec: String, LogValue { case h264, h265 }
///
///     extension Camera: LogValue {
///         func write(to field: borrowing LogField) {
///             field.object { $0.id = id; $0.zone = zone }
///         }
///     }
public protocol LogValue {
    /// Writes this as one value. If it writes nothing, the line does not have the field, as with nil.
    func write(to field: borrowing LogField)
}

extension LogValue where Self: RawRepresentable, RawValue: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { rawValue.write(to: field) }
}

extension LogValue where Self: FixedWidthInteger & SignedInteger {
    @inlinable
    public func write(to field: borrowing LogField) {
        if Self.bitWidth <= Int.bitWidth {
            field.set(integer: Int(truncatingIfNeeded: self))
        } else {
            field.set(digits: String(self))
        }
    }
}

extension LogValue where Self: FixedWidthInteger & UnsignedInteger {
    @inlinable
    public func write(to field: borrowing LogField) {
        if Self.bitWidth <= UInt.bitWidth {
            field.set(unsigned: UInt(truncatingIfNeeded: self))
        } else {
            field.set(digits: String(self))
        }
    }
}

extension Int: LogValue {}
extension Int8: LogValue {}
extension Int16: LogValue {}
extension Int32: LogValue {}
extension Int64: LogValue {}
extension UInt: LogValue {}
extension UInt8: LogValue {}
extension UInt16: LogValue {}
extension UInt32: LogValue {}
extension UInt64: LogValue {}
@available(macOS 15.0, *)
extension Int128: LogValue {}
@available(macOS 15.0, *)
extension UInt128: LogValue {}

/// Writes the shortest decimal that reads back as the same number. JSON has no number for a NaN or an infinity, so they
/// are strings.
extension Double: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { field.set(double: self) }
}

/// Writes a number as `Double` does.
extension Float: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { field.set(float: self) }
}

extension Bool: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { field.set(bool: self) }
}

extension String: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { field.set(string: self) }
}

extension Substring: LogValue {
    public func write(to field: borrowing LogField) {
        if utf8.withContiguousStorageIfAvailable({ field.set(utf8: $0) }) == nil { field.set(string: String(self)) }
    }
}

extension StaticString: LogValue {
    public func write(to field: borrowing LogField) {
        withUTF8Buffer { field.set(utf8: $0) }
    }
}

/// Writes the seconds, as a number.
extension Duration: LogValue {
    public func write(to field: borrowing LogField) {
        let (seconds, attoseconds) = components
        let (nanoseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // Whole nanoseconds of less than 104 days are a Double without rounding. Then only the division rounds, so that
        // 1.118 s is not 1.1179999999999999.
        if rest == 0, seconds.magnitude < 9_000_000 {
            return field.set(double: Double(seconds * 1_000_000_000 + nanoseconds) / 1e9)
        }
        field.set(double: Double(seconds) + Double(attoseconds) / 1e18)
    }
}

extension TraceID: LogValue {
    public func write(to field: borrowing LogField) { field.set(string: description) }
}

extension SpanID: LogValue {
    public func write(to field: borrowing LogField) { field.set(string: description) }
}

/// nil writes nothing. In an array, it is `null`.
extension Optional: LogValue where Wrapped: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) {
        if let self {
            self.write(to: field)
        } else if field.isElement {
            field.null()
        }
    }
}

extension Array: LogValue where Element: LogValue {
    public func write(to field: borrowing LogField) { field.array(self) }
}

extension ArraySlice: LogValue where Element: LogValue {
    public func write(to field: borrowing LogField) { field.array(self) }
}

/// Writes an object whose members are in the order of the keys, so that a line does not change from run to run.
extension Dictionary: LogValue where Key == String, Value: LogValue {
    public func write(to field: borrowing LogField) { field.object(self) { $0 } }
}
