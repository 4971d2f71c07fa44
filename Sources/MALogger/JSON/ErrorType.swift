import ContextLog
import Synchronization

/// The facts about a type of errors that a line needs. They are found once for each type, because they take far longer
/// than the rest of the line. They are never freed.
final class ErrorType: Sendable {
    private let identifier: ObjectIdentifier

    /// `,"exception.type":"…","exception.message":"`.
    let members: [UInt8]

    /// Whether its errors may have a stack trace.
    let providesStackTrace: Bool

    /// Whether `description` is the text of its errors.
    private let hasDescription: Bool

    /// The texts of errors whose text never changes, or nil if the type has none.
    private let texts: ConstantErrorTexts?

    /// Another type at the same place of the table.
    private let next: Unmanaged<ErrorType>?

    private init(_ type: any Error.Type, next: Unmanaged<ErrorType>?) {
        identifier = ObjectIdentifier(type)
        var members = ByteWriter(capacity: 256)
        members.append(key: .exceptionType)
        members.append(quoting: errorTypeName(type))
        members.append(key: .exceptionMessage)
        members.append("\"")
        self.members = members.array()
        providesStackTrace = type is any StackTraceProviding.Type
        hasDescription = type is any CustomStringConvertible.Type && !(type is any TextOutputStreamable.Type)
        texts = ConstantErrorTexts(type)
        self.next = next
    }

    /// The text of an error of this type: that of `String(describing:)`.
    func text(of error: any Error) -> Text {
        if let text = texts?.text(of: error) { return .constant(text) }
        if hasDescription, let error = error as? any CustomStringConvertible { return .made(error.description) }
        return .made(String(describing: error))
    }

    enum Text {
        /// The content of a JSON string. It is never freed.
        case constant(UnsafeBufferPointer<UInt8>)
        case made(String)
    }
}

extension ErrorType {
    /// Addresses of the types, by a hash of the type.
    private struct Table: ~Copyable, @unchecked Sendable {
        // @unchecked: the memory is never freed, and only atomic operations change it.
        let places: UnsafeMutablePointer<Atomic<UInt>>

        static var count: Int { 256 }

        init() {
            places = .allocate(capacity: Self.count)
            for index in 0..<Self.count { (places + index).initialize(to: Atomic(0)) }
        }
    }

    private static let table = Table()

    private static var factor: UInt { UInt(truncatingIfNeeded: 0x9E37_79B9_7F4A_7C15 as UInt64) }

    /// The facts about the type of an error. The reference is not counted.
    static func of(_ error: any Error) -> Unmanaged<ErrorType> {
        let type = Swift.type(of: error)
        let identifier = ObjectIdentifier(type)
        // The upper bits of a product, as a hash that needs no hasher.
        let place =
            table.places
            + Int(truncatingIfNeeded: (UInt(bitPattern: identifier) &* Self.factor) >> UInt(UInt.bitWidth - 8))
        while true {
            let first = place.pointee.load(ordering: .acquiring)
            let newest = UnsafeRawPointer(bitPattern: first).map { Unmanaged<ErrorType>.fromOpaque($0) }
            var known = newest
            while let found = known {
                if found._withUnsafeGuaranteedRef({ $0.identifier == identifier }) { return found }
                known = found._withUnsafeGuaranteedRef { $0.next }
            }
            let made = Unmanaged.passRetained(ErrorType(type, next: newest))
            let (exchanged, _) = place.pointee.compareExchange(
                expected: first,
                desired: UInt(bitPattern: made.toOpaque()),
                ordering: .acquiringAndReleasing
            )
            if exchanged { return made }
            made.release()
        }
    }
}
