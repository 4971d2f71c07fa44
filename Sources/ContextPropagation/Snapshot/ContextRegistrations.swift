import Synchronization

/// The values that snapshots carry in addition to the context, in the order of registration.
final class ContextRegistrations: Sendable {
    private let entries: [Entry]

    private init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Captures every value. The value that was registered first is bound outermost.
    func capture(_ place: CapturePlace) -> (any SnapshotValue)? {
        var carried: (any SnapshotValue)?
        for entry in entries.reversed() {
            carried = entry.capture(place, carried)
        }
        return carried
    }

    private struct Entry: Sendable {
        let name: String
        let capture: @Sendable (CapturePlace, (any SnapshotValue)?) -> (any SnapshotValue)?
    }

    /// The address of the current list, or 0 while nothing is registered.
    ///
    /// Every capture on every thread reads it without a lock. A list is therefore never freed; there is one list for
    /// each registration.
    private static let address = Atomic<UInt>(0)
    private static let writing = Mutex(())

    static var isEmpty: Bool { address.load(ordering: .acquiring) == 0 }

    static var current: ContextRegistrations? {
        let address = address.load(ordering: .acquiring)
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return nil }
        // Unmanaged: an atomic holds no reference. The reference that `add` leaked keeps the list alive.
        return Unmanaged<ContextRegistrations>.fromOpaque(pointer).takeUnretainedValue()
    }

    static func add<Value: Sendable>(_ name: String, _ pair: ContextPair<Value>) -> Bool {
        writing.withLock { _ in
            let entries = current?.entries ?? []
            guard !entries.contains(where: { $0.name == name }) else { return false }
            let entry = Entry(name: name) { place, next in
                guard let value = pair.capture(place) else { return next }
                return CarriedPairValue(value, pair, next: next)
            }
            let list = Unmanaged.passRetained(ContextRegistrations(entries + [entry]))
            address.store(UInt(bitPattern: list.toOpaque()), ordering: .releasing)
            return true
        }
    }
}
