import ContextLog
import Synchronization

/// A backend that hands each line to the test that made the line's label.
///
/// Tests run at the same time in one process, and a process has one backend. So no test installs a backend of its own:
/// each test logs under a label that no other test uses.
package final class LineRouter: LogBackend {
    package typealias Receiver = @Sendable (borrowing Log.Event) -> Void

    private static let shared: LineRouter = {
        let router = LineRouter()
        // Holds the lock, so that a line that comes before `previous` is set waits for it.
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
    /// - Parameter label: The beginning of the log's label. A number follows it.
    package static func log(label: String = "test", receivedBy receiver: @escaping Receiver) -> Log {
        let label = "\(label).\(lastNumber.add(1, ordering: .relaxed).newValue)"
        shared.receivers.withLock { $0[label] = receiver }
        return Log(label)
    }

    /// A log whose lines go to `backend`.
    ///
    /// - Parameter label: The beginning of the log's label. A number follows it.
    package static func log(to backend: any LogBackend, label: String = "test") -> Log {
        log(label: label) { backend.log($0) }
    }
}
