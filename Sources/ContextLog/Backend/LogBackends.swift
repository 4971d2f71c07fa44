import Synchronization

/// The backend that is installed.
enum LogBackends {
    /// Holds the existential in a `let`: called through an unmanaged reference it is neither copied nor counted.
    private final class Installed: Sendable {
        let backend: any LogBackend
        init(_ backend: any LogBackend) { self.backend = backend }
    }

    private struct State {
        var installed: Installed?
        /// What stands before `installed` while lines are captured; made once for each.
        var capturing: Installed?
        var isCapturing = false
    }

    private static let state = Mutex(State())

    /// The address of an `Installed` that lives for ever, 0 until there is one: a line that is under way may still use one
    /// that was replaced.
    private static let address = Atomic<UInt>(0)

    static func exchange(_ backend: any LogBackend) -> (any LogBackend)? {
        state.withLock { state in
            let before = state.installed?.backend
            state.installed = immortal(backend)
            state.capturing = nil
            publish(&state)
            return before
        }
    }

    static func setCapturing(_ isCapturing: Bool) {
        state.withLock { state in
            state.isCapturing = isCapturing
            publish(&state)
        }
    }

    private static func publish(_ state: inout State) {
        if state.isCapturing, state.capturing == nil {
            state.capturing = immortal(CapturingBackend(state.installed?.backend ?? StandardErrorBackend.shared))
        }
        let backend = state.isCapturing ? state.capturing : state.installed
        address.store(
            backend.map { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) } ?? 0,
            ordering: .releasing
        )
    }

    private static func immortal(_ backend: any LogBackend) -> Installed {
        Unmanaged.passRetained(Installed(backend)).takeUnretainedValue()
    }

    @inline(__always)
    static func log(_ event: borrowing Log.Event) {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else {
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
