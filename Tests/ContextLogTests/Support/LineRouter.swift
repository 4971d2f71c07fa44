import ContextLog
import ContextPropagation
import Synchronization

/// Hands each line to the test that made its label. Tests run at once in one process, which has one backend: so no test
/// installs its own, and each logs under a label that no other has.
final class LineRouter: LogBackend {
    typealias Receiver = @Sendable (borrowing Log.Event) -> Void

    static let shared: LineRouter = {
        let router = LineRouter()
        let previous = Log.install(router)
        router.previous.withLock { $0 = previous }
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

    func receive(_ label: String, _ receiver: Receiver?) {
        receivers.withLock { $0[label] = receiver }
    }
}

/// A label that no other test has.
func uniqueLabel() -> String {
    "test.\(uniqueNumber.add(1, ordering: .relaxed).newValue)"
}

private let uniqueNumber = Atomic<Int>(0)

/// Hands the lines that `body` logs to `receiver`, on whatever thread.
func receiving<Result>(
    _ receiver: @escaping LineRouter.Receiver,
    _ body: (Log) throws -> Result
) rethrows -> Result {
    let label = uniqueLabel()
    LineRouter.shared.receive(label, receiver)
    defer { LineRouter.shared.receive(label, nil) }
    return try body(Log(label))
}

/// The fields of each line that `body` logs, as JSON.
func fields(_ body: (Log) throws -> Void) rethrows -> [String] {
    let lines = Collected<String>()
    try receiving(
        { event in
            lines.append(
                event.withFields { json in json.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
            )
        },
        body
    )
    return lines.all
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
