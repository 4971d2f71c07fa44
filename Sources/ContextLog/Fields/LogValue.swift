public import ContextPropagation

/// What a field can hold: numbers, booleans, texts, optionals, arrays and dictionaries of those, and whatever conforms.
///
/// An enum over a raw value needs no code; any other type says what it is written as:
///
///     enum Codec: String, LogValue { case h264, h265 }
///
///     extension Camera: LogValue {
///         func write(to field: borrowing LogField) {
///             field.object { $0.id = id; $0.zone = zone }
///         }
///     }
public protocol LogValue {
    /// Writes this as one value. What writes nothing leaves no field, as nil does.
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

/// The shortest decimal that reads back; a NaN or an infinity, which JSON has no number for, as a string.
extension Double: LogValue {
    @inlinable
    public func write(to field: borrowing LogField) { field.set(double: self) }
}

/// As `Double`.
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

/// In seconds, as a number.
extension Duration: LogValue {
    public func write(to field: borrowing LogField) {
        field.set(double: Double(components.seconds) + Double(components.attoseconds) / 1e18)
    }
}

extension TraceID: LogValue {
    public func write(to field: borrowing LogField) { field.set(string: description) }
}

extension SpanID: LogValue {
    public func write(to field: borrowing LogField) { field.set(string: description) }
}

/// nil writes nothing; in an array it is `null`.
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

/// In the order of the keys, so that a line does not change from run to run.
extension Dictionary: LogValue where Key == String, Value: LogValue {
    public func write(to field: borrowing LogField) {
        field.object { fields in
            for (key, value) in self.sorted(by: { $0.key < $1.key }) { fields[key] = value }
        }
    }
}
