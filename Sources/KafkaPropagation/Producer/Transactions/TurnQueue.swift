/// Who may use something that one caller uses at a time, first come, first served. A pure value.
struct TurnQueue<Waiter> {
    private(set) var isTaken = false
    private(set) var waiters: [Waiter] = []

    /// Takes the turn if it is free. Otherwise ``wait(_:)`` is next.
    mutating func take() -> Bool {
        if isTaken { return false }
        isTaken = true
        return true
    }

    mutating func wait(_ waiter: Waiter) {
        waiters.append(waiter)
    }

    /// Passes the turn on. Returns the waiter that has it now.
    mutating func leave() -> Waiter? {
        isTaken = !waiters.isEmpty
        return waiters.isEmpty ? nil : waiters.removeFirst()
    }

    /// Removes a waiter that waits no longer. Returns false if it is not there: it may have the turn already.
    mutating func remove(where matches: (Waiter) -> Bool) -> Bool {
        guard let index = waiters.firstIndex(where: matches) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Removes every waiter.
    mutating func removeAll() -> [Waiter] {
        defer { waiters = [] }
        return waiters
    }
}
