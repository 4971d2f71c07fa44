import Synchronization

/// A value that several threads or tasks of a test read and change.
package final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    package init(_ value: Value) {
        mutex = Mutex(value)
    }

    package var value: Value { mutex.withLock { $0 } }

    package func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in body(&value) }
    }
}

extension Locked where Value: RangeReplaceableCollection, Value.Element: Sendable {
    /// Makes an empty collection.
    package convenience init() {
        self.init(Value())
    }

    /// Adds an element at the end.
    package func append(_ element: Value.Element) {
        mutex.withLock { $0.append(element) }
    }
}
