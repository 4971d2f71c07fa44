import ContextLog
import ContextPropagation
import Synchronization

/// Hands each line to the test that made its label. Tests run at once in one process, which has one backend: so no test
/// installs its own, and each logs under a label that no other has.
final class LineRouter: LogBackend {
    typealias Receiver = @Sendable (borrowing Log.Event) -> Void

    static let shared: LineRouter = {
        let router = LineRouter()
        // Lines that come before it is known where the others go wait for that.
        router.previous.withLock { $0 = Log.install(router) }
        return router
    }()

    private let previous = Mutex<(any LogBackend)?>(nil)
    private let receivers = Mutex<[String: Receiver]>([:])

    func log(_ event: borrowing Log.Event) {
        let label = event.label
        if let receiver = receivers.withLock({ $0[label] }) {
            receiver(event)
        } else if let previous = previous.withLock({ $0 }) {
            previous.log(event)
        }
    }

    func receive(_ label: String, _ receiver: @escaping Receiver) {
        receivers.withLock { $0[label] = receiver }
    }
}

/// A log under a label that no other test has, whose lines go to `receiver`, on whatever thread they are logged.
func log(receivedBy receiver: @escaping LineRouter.Receiver) -> Log {
    let label = "context-log-tests.\(lastNumber.add(1, ordering: .relaxed).newValue)"
    LineRouter.shared.receive(label, receiver)
    return Log(label)
}

private let lastNumber = Atomic<Int>(0)

/// The fields of each line that `body` logs, as JSON.
func fields(_ body: (Log) throws -> Void) rethrows -> [String] {
    let lines = Collected<String>()
    try body(log(receivedBy: { lines.append($0.json) }))
    return lines.all
}

extension Log.Event {
    /// The fields, as JSON.
    var json: String {
        withFields { json in json.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }
}

/// The fields of one line, as JSON.
func json(_ set: (inout LogFields) -> Void) -> String {
    fields { $0.info("fields", set) }.first ?? "no line"
}

/// Values from several threads.
final class Collected<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    var all: [Value] { values.withLock { $0 } }

    func append(_ value: Value) {
        values.withLock { $0.append(value) }
    }
}

/// A JSON text, read; nil where it is not well-formed.
func parsed(_ json: String) -> LogFieldValue? {
    LogFieldValue(json: json.utf8.span)
}
