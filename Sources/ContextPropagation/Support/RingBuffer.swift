/// A first-in, first-out queue that reuses its storage and releases each element when it is removed.
///
/// Its members are inlinable, because other modules specialise it for their elements.
package struct RingBuffer<Element> {
    @usableFromInline var storage: [Element?] = []
    @usableFromInline var head = 0
    @usableFromInline package private(set) var count = 0

    @inlinable
    package init() {}

    @inlinable package var isEmpty: Bool { count == 0 }

    /// The first element; nil if the queue is empty. A change of an empty queue's first element has no effect.
    @inlinable package var first: Element? {
        get { count > 0 ? storage[head] : nil }
        set { if count > 0, let newValue { storage[head] = newValue } }
    }

    @inlinable
    package mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    @inlinable
    package mutating func prepend(_ element: Element) {
        if count == storage.count { grow() }
        head = (head - 1) & (storage.count - 1)
        storage[head] = element
        count += 1
    }

    @inlinable
    package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    /// Removes every element that matches, and returns these elements in order.
    @inlinable
    @discardableResult
    package mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
        var removed: [Element] = []
        for _ in 0..<count {
            guard let element = popFirst() else { break }
            if matches(element) { removed.append(element) } else { append(element) }
        }
        return removed
    }

    /// Removes the first element that matches, and keeps the order of the others.
    @inlinable
    package mutating func removeFirst(where matches: (Element) -> Bool) -> Element? {
        var isFound = false
        return removeAll { element in
            if isFound || !matches(element) { return false }
            isFound = true
            return true
        }.first
    }

    @inlinable
    package func first(where matches: (Element) -> Bool) -> Element? {
        for offset in 0..<count {
            if let element = storage[(head + offset) & (storage.count - 1)], matches(element) { return element }
        }
        return nil
    }

    @usableFromInline
    mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: Swift.max(16, storage.count * 2))
        for index in 0..<count {
            larger[index] = storage[(head + index) & (storage.count - 1)]
        }
        storage = larger
        head = 0
    }
}

extension RingBuffer: Sendable where Element: Sendable {}
