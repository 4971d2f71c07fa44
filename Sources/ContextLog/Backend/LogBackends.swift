import Synchronization

/// The installed backend.
enum LogBackends {
    /// Holds the existential in a `let`, so that a call through an unmanaged reference neither copies nor counts it.
    private final class Installed: Sendable {
        let backend: any LogBackend
        init(_ backend: any LogBackend) { self.backend = backend }
    }

    private struct State {
        var installed: Installed?
        /// The backend that comes before `installed` while lines are captured. It is made once for each.
        var capturing: Installed?
        var isCapturing = false
    }

    private static let state = Mutex(State())

    /// The address of an `Installed`, 0 until there is one. It is never freed, because a line that another thread is
    /// logging may still use one that was replaced.
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
    /// Makes `backend` receive every line of the process. It *replaces* the previous backend.
    ///
    /// - Returns: The previous backend, so that the new one can pass lines on to it. It is nil if lines went to stderr.
    @discardableResult
    public static func install(_ backend: any LogBackend) -> (any LogBackend)? {
        LogBackends.exchange(backend)
    }
}
