import ContextLog
import Synchronization

/// A backend that passes each line to the test that made the line's label.
///
/// Tests run at the same time in one process, and a process has only one backend. Therefore no test installs its own
/// backend: each test logs with a label that no other test uses.
package final class LineRouter: LogBackend {
    package typealias Receiver = @Sendable (borrowing Log.Event) -> Void

    private static let shared: LineRouter = {
        let router = LineRouter()
        // This holds the lock, so that a line that arrives before `previous` is set waits for it.
        router.previous.withLock { $0 = Log.install(router) }
        return router
    }()

    private static let lastNumber = Atomic<Int>(0)

    private let previous = Mutex<(any LogBackend)?>(nil)
    private let receivers = Mutex<[String: Receiver]>([:])

    package func log(_ event: borrowing Log.Event) {
        let label = event.label
        if let receiver = receivers.withLock({ $0[label] }) {
            receiver(event)
        } else if let previous = previous.withLock({ $0 }) {
            previous.log(event)
        }
    }

    /// A log whose lines go to `receiver`, on the thread that logs them.
    ///
    /// - Parameter label: The prefix of the log's label. A number follows it.
    package static func log(label: String = "test", receivedBy receiver: @escaping Receiver) -> Log {
        let label = "\(label).\(lastNumber.add(1, ordering: .relaxed).newValue)"
        shared.receivers.withLock { $0[label] = receiver }
        return Log(label)
    }

    /// A log whose lines go to `backend`.
    ///
    /// - Parameter label: The prefix of the log's label. A number follows it.
    package static func log(to backend: any LogBackend, label: String = "test") -> Log {
        log(label: label) { backend.log($0) }
    }
}
