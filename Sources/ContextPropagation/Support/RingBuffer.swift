/// A first-in, first-out queue that reuses its storage.
struct RingBuffer<Element> {
    private var storage: [Element?] = []
    private var head = 0
    private(set) var count = 0

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    mutating func removeAll(where matches: (Element) -> Bool) {
        for _ in 0..<count {
            guard let element = popFirst() else { return }
            if !matches(element) { append(element) }
        }
    }

    /// Removes the first element that matches, and keeps the order of the others.
    mutating func removeFirst(where matches: (Element) -> Bool) -> Element? {
        var removed: Element?
        removeAll { element in
            guard removed == nil, matches(element) else { return false }
            removed = element
            return true
        }
        return removed
    }

    private mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: max(16, storage.count * 2))
        for index in 0..<count {
            larger[index] = storage[(head + index) & (storage.count - 1)]
        }
        storage = larger
        head = 0
    }
}
