import Synchronization

/// The backend that is installed.
enum LogBackends {
    /// Holds the existential in a `let`: called through an unmanaged reference it is neither copied nor counted.
    private final class Installed: Sendable {
        let backend: any LogBackend
        init(_ backend: any LogBackend) { self.backend = backend }
    }

    /// The address of an `Installed` that lives for ever, 0 until there is one: a line that is under way may still use one
    /// that was replaced.
    private static let installed = Atomic<UInt>(0)

    static func exchange(_ backend: any LogBackend) -> (any LogBackend)? {
        let address = UInt(bitPattern: Unmanaged.passRetained(Installed(backend)).toOpaque())
        let before = installed.exchange(address, ordering: .acquiringAndReleasing)
        return UnsafeRawPointer(bitPattern: before).map {
            Unmanaged<Installed>.fromOpaque($0).takeUnretainedValue().backend
        }
    }

    @inline(__always)
    static func log(_ event: borrowing Log.Event) {
        guard let pointer = UnsafeRawPointer(bitPattern: installed.load(ordering: .acquiring)) else {
            StandardErrorBackend.shared.log(event)
            return
        }
        Unmanaged<Installed>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.backend.log(event) }
    }
}

extension Log {
    /// Makes `backend` the one that gets every line of the process, and returns the one that was there (nil if none was
    /// installed, and lines went to stderr), so that one can be wrapped around it.
    @discardableResult
    public static func install(_ backend: any LogBackend) -> (any LogBackend)? {
        LogBackends.exchange(backend)
    }
}
