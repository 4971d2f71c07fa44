import ContextLog
import Synchronization

/// The facts about a type of errors that a line needs. They are found once for each type, because they take far longer
/// than the rest of the line.
final class ErrorType: Sendable {
    private let identifier: ObjectIdentifier

    /// The qualified name, without the addresses in the names of private and local types. They differ from run to run,
    /// and people group lines by this name.
    let name: String

    /// Whether its errors may have a stack trace.
    let providesStackTrace: Bool

    private init(_ type: any Error.Type) {
        identifier = ObjectIdentifier(type)
        name = errorTypeName(type)
        providesStackTrace = type is any StackTraceProviding.Type
    }

    /// Addresses of immortal objects, by a hash of the type. A type that finds its place taken is not kept.
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

    /// The facts about the type of an error.
    static func of(_ error: any Error) -> ErrorType {
        let type = Swift.type(of: error)
        let identifier = ObjectIdentifier(type)
        // The upper bits of a product, as a hash that needs no hasher.
        let place =
            table.places
            + Int(truncatingIfNeeded: (UInt(bitPattern: identifier) &* Self.factor) >> UInt(UInt.bitWidth - 8))
        if let known = UnsafeRawPointer(bitPattern: place.pointee.load(ordering: .acquiring)) {
            let found = Unmanaged<ErrorType>.fromOpaque(known).takeUnretainedValue()
            return found.identifier == identifier ? found : ErrorType(type)
        }
        let made = ErrorType(type)
        let address = Unmanaged.passRetained(made)
        let (exchanged, _) = place.pointee.compareExchange(
            expected: 0,
            desired: UInt(bitPattern: address.toOpaque()),
            ordering: .acquiringAndReleasing
        )
        if !exchanged { address.release() }
        return made
    }
}
