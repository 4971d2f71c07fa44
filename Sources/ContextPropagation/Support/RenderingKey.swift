import Synchronization

/// Identifies a line format, so that each format finds its own renderings in a ``RenderingSlot``.
///
/// It is a number because an address could be used again.
@usableFromInline
package struct RenderingKey: Equatable, Sendable {
    /// Never 0.
    @usableFromInline package let number: UInt

    private static let last = Atomic<UInt>(0)

    /// Makes the key with this number, for a slot whose keys all come from here.
    ///
    /// - Parameter number: Not 0.
    init(number: UInt) {
        self.number = number
    }

    /// Makes a key that is equal to no other.
    package init() {
        number = Self.last.add(1, ordering: .relaxed).newValue
    }
}
