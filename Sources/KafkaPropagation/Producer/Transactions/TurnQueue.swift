/// Who may use something that one caller uses at a time, first come, first served. A pure value.
struct TurnQueue<Waiter> {
    private(set) var isTaken = false
    private var waiters = WaiterQueue<Waiter>()

    /// How many wait.
    var waiting: Int { waiters.count }

    /// Takes the turn if it is free. Otherwise ``wait(_:)`` is next.
    mutating func take() -> Bool {
        if isTaken { return false }
        isTaken = true
        return true
    }

    mutating func wait(_ waiter: Waiter) -> WaiterQueue<Waiter>.Ticket {
        waiters.append(waiter)
    }

    /// Passes the turn on. Returns the waiter that has it now.
    mutating func leave() -> Waiter? {
        isTaken = !waiters.isEmpty
        return waiters.popFirst()
    }

    /// Removes a waiter that waits no longer. Returns false if it is not there: it may have the turn already.
    mutating func remove(_ ticket: WaiterQueue<Waiter>.Ticket) -> Bool {
        waiters.remove(ticket)
    }

    /// Removes every waiter.
    mutating func removeAll() -> [Waiter] {
        waiters.removeAll()
    }
}
