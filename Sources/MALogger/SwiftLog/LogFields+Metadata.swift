#if SwiftLog
internal import ContextLog
internal import Logging

extension LogFields {
    /// Sets a field for each metadata value, in the order of the keys, so that a line does not change from run to run.
    func set(_ metadata: Logger.Metadata) {
        metadata.forEachInOrder { key, value in
            // This borrows the value. Setting it as a `LogValue` would copy it.
            _set(key) { MetadataField.write(value, to: $0) }
        }
    }
}

extension Logger.Metadata {
    /// The greatest number of members that are sorted in place. Sorting takes a quadratic time.
    private static var longestInPlace: Int { 24 }

    /// Calls `body` for each member in the order of the keys. Only a long dictionary is copied.
    fileprivate func forEachInOrder(_ body: (_ key: String, _ value: Logger.MetadataValue) -> Void) {
        guard count <= Self.longestInPlace else {
            for (key, value) in sorted(by: { $0.key < $1.key }) { body(key, value) }
            return
        }
        // The room is on the stack.
        withUnsafeTemporaryAllocation(of: Index.self, capacity: Self.longestInPlace) { order in
            var sorted = 0
            var index = startIndex
            // Each access to a member would copy its value also.
            let keys = keys
            while index != endIndex {
                var place = sorted
                while place > 0, keys[index] < keys[order[place - 1]] {
                    order.initializeElement(at: place, to: order.moveElement(from: place - 1))
                    place -= 1
                }
                order.initializeElement(at: place, to: index)
                sorted += 1
                formIndex(after: &index)
            }
            for place in 0..<sorted {
                let (key, value) = self[order.moveElement(from: place)]
                body(key, value)
            }
        }
    }
}

/// A metadata value as a field.
private struct MetadataField: LogValue {
    let value: Logger.MetadataValue

    func write(to field: borrowing LogField) { Self.write(value, to: field) }

    @inline(__always)
    static func write(_ value: Logger.MetadataValue, to field: borrowing LogField) {
        switch value {
        case .string(let text):
            field.set(text)
        case .stringConvertible(let content):
            if MetadataRedaction.redacts(value) {
                field.set(Redacted(content.description))
            } else {
                write(content, to: field)
            }
        case .array(let elements):
            field.array(elements.lazy.map { MetadataField(value: $0) })
        case .dictionary(let members):
            field.object { fields in
                members.forEachInOrder {
                    // The keys of a dictionary differ, so no member needs to look for an earlier one.
                    fields.forgetEarlierNames()
                    fields[$0] = MetadataField(value: $1)
                }
            }
        }
    }

    /// The usual types are compared first, because a cast to a protocol looks for its conformance. The value is read at
    /// its place, because a cast to a type takes longer than the rest of the field.
    private static func write<Typed: CustomStringConvertible & Sendable>(
        _ value: Typed,
        to field: borrowing LogField
    ) {
        if Typed.self == Int.self {
            withUnsafeBytes(of: value) { field.set($0.load(as: Int.self)) }
        } else if Typed.self == Double.self {
            withUnsafeBytes(of: value) { field.set($0.load(as: Double.self)) }
        } else if Typed.self == Bool.self {
            withUnsafeBytes(of: value) { field.set($0.load(as: Bool.self)) }
        } else if let value = value as? any LogValue {
            field.set(value)
        } else {
            field.set(value.description)
        }
    }
}
#endif
