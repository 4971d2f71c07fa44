import Synchronization

/// The installed backend.
enum LogBackends {
    /// Holds the existential in a `let`, so that a call through an unmanaged reference neither copies nor counts it.
    final class Installed: Sendable {
        let backend: any LogBackend
        /// Whether the backend leaves the system call to the event.
        let isDirect: Bool
        /// The backend, if it does. Unwrapping an optional would count a reference for each line.
        let direct: any DirectLogBackend

        init(_ backend: any LogBackend) {
            self.backend = backend
            let direct = backend as? any DirectLogBackend
            isDirect = direct != nil
            self.direct = direct ?? NoDirectLogBackend()
        }
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

    /// Passes an event to the backend. If the result has a descriptor, the caller must write the line.
    @inline(__always)
    static func log(_ event: borrowing Log.Event) -> UnwrittenLine {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else {
            StandardErrorBackend.shared.log(event)
            return .none
        }
        return Unmanaged<Installed>.fromOpaque(pointer)._withUnsafeGuaranteedRef { installed in
            guard _fastPath(installed.isDirect) else {
                installed.backend.log(event)
                return .none
            }
            var line = installed.direct.render(event)
            line.backend = pointer
            return line
        }
    }

    /// Ends a line that the system has not accepted as a whole.
    ///
    /// - Parameter written: The result of the system call, as `malogc_write` returns it.
    @inline(never)
    static func finish(_ line: UnwrittenLine, _ written: Int) {
        guard let pointer = line.backend else { return }
        Unmanaged<Installed>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.direct.finish(line, written) }
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
