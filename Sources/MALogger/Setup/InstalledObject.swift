import Synchronization

/// An object of the whole process, such as one that ``setupLogging()`` makes. Any thread can read it.
///
/// Reading takes no lock: a forked child would trap at one that a thread of its parent held. The object is never freed,
/// and neither is one that another object has replaced: a thread may still use it.
struct InstalledObject<Object: AnyObject & Sendable>: ~Copyable, Sendable {
    /// The address of the object, 0 until there is one.
    private let address = Atomic<UInt>(0)

    /// The object, or nil if none is installed.
    var object: Object? {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else { return nil }
        return Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue()
    }

    func install(_ object: Object) {
        address.store(UInt(bitPattern: Unmanaged.passRetained(object).toOpaque()), ordering: .releasing)
    }
}
