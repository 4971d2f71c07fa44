/// An element of a ``BinaryHeap``.
protocol BinaryHeapElement: Sendable {
    /// Whether it leaves the heap before another one.
    func precedes(_ other: Self) -> Bool
}

/// A binary heap: no element precedes its parent. Adding and taking cost O(log n).
struct BinaryHeap<Element: BinaryHeapElement>: Sendable {
    private(set) var elements: [Element] = []

    var first: Element? { elements.first }

    mutating func add(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, elements[child].precedes(elements[(child - 1) / 2]) {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first else { return nil }
        let last = elements.removeLast()
        if !elements.isEmpty {
            elements[0] = last
            siftDown(0)
        }
        return first
    }

    /// Takes out the elements that match. O(n).
    mutating func remove(where matches: (Element) -> Bool) {
        let count = elements.count
        elements.removeAll(where: matches)
        if elements.count == count { return }
        for index in (0..<elements.count / 2).reversed() { siftDown(index) }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2
            where child < elements.count && elements[child].precedes(elements[least]) {
                least = child
            }
            if least == parent { return }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}
