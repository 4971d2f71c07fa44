/// A first-in, first-out queue that releases each element when it is removed.
struct SegmentQueue<Element> {
    private var storage: [Element?] = Array(repeating: nil, count: 16)
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The first element. The queue must not be empty.
    var first: Element? {
        get { storage[head] }
        set { storage[head] = newValue }
    }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func prepend(_ element: Element) {
        if count == storage.count { grow() }
        head = (head - 1) & (storage.count - 1)
        storage[head] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    /// Removes every element that matches, and returns these elements in order.
    mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
        var removed: [Element] = []
        for _ in 0..<count {
            guard let element = popFirst() else { break }
            if matches(element) { removed.append(element) } else { append(element) }
        }
        return removed
    }

    func first(where matches: (Element) -> Bool) -> Element? {
        for offset in 0..<count {
            if let element = storage[(head + offset) & (storage.count - 1)], matches(element) { return element }
        }
        return nil
    }

    private mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: storage.count * 2)
        for index in 0..<count {
            larger[index] = storage[(head + index) & (storage.count - 1)]
        }
        storage = larger
        head = 0
    }
}

extension SegmentQueue: Sendable where Element: Sendable {}
