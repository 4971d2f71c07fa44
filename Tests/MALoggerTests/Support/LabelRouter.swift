import MALogger
import Synchronization

/// Hands each line to the backend that a test has set for its label. Tests run at once in one process, which has one
/// backend: so no test installs its own, and each logs under a label that no other has.
final class LabelRouter: LogBackend {
    static let shared: LabelRouter = {
        let router = LabelRouter()
        // Lines that come before it is known where the others go wait for that.
        router.previous.withLock { $0 = Log.install(router) }
        return router
    }()

    private let previous = Mutex<(any LogBackend)?>(nil)
    private let backends = Mutex<[String: any LogBackend]>([:])

    func log(_ event: borrowing Log.Event) {
        let label = event.label
        if let backend = backends.withLock({ $0[label] }) {
            backend.log(event)
        } else if let previous = previous.withLock({ $0 }) {
            previous.log(event)
        }
    }

    func set(_ backend: any LogBackend, for label: String) {
        backends.withLock { $0[label] = backend }
    }

    private static let lastNumber = Atomic<Int>(0)

    /// A log whose lines go to `backend`; its label begins with `prefix` and is no other test's.
    static func log(to backend: any LogBackend, label prefix: String = "test") -> Log {
        let label = "\(prefix).\(lastNumber.add(1, ordering: .relaxed).newValue)"
        shared.set(backend, for: label)
        return Log(label)
    }
}
