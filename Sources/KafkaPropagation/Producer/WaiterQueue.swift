/// Waiters in the order in which they came. A pure value.
///
/// Adding, taking and removing a waiter takes about as long with one waiter as with 100,000, so many that give up
/// together do not hold up the callers that share their lock.
struct WaiterQueue<Waiter> {
    /// Names a waiter. No other waiter of the same queue has an equal ticket.
    struct Ticket: Hashable {
        fileprivate let number: UInt64
    }

    private struct Place {
        let number: UInt64
        var waiter: Waiter?
    }

    /// Sorted by their numbers. A waiter that is taken or removed leaves an empty place behind. If there are far more
    /// empty places than others, they are removed.
    private var places: [Place] = []
    /// All places before this index are empty.
    private var first = 0
    private var lastNumber: UInt64 = 0
    /// How many wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// How many waiters and empty places are in memory.
    var placeCount: Int { places.count }

    mutating func append(_ waiter: Waiter) -> Ticket {
        lastNumber += 1
        places.append(Place(number: lastNumber, waiter: waiter))
        count += 1
        return Ticket(number: lastNumber)
    }

    /// Takes the waiter that came first; nil if none waits.
    mutating func popFirst() -> Waiter? {
        while first < places.count {
            if let waiter = places[first].waiter {
                empty(first)
                return waiter
            }
            first += 1
        }
        return nil
    }

    /// Removes a waiter. Returns false if it was taken or removed before.
    mutating func remove(_ ticket: Ticket) -> Bool {
        var (low, high) = (first, places.count)
        while low < high {
            let middle = low + (high - low) / 2
            if places[middle].number < ticket.number { low = middle + 1 } else { high = middle }
        }
        guard low < places.count, places[low].number == ticket.number, places[low].waiter != nil else { return false }
        empty(low)
        return true
    }

    /// Removes every waiter.
    mutating func removeAll() -> [Waiter] {
        defer { (places, first, count) = ([], 0, 0) }
        return places.compactMap(\.waiter)
    }

    private mutating func empty(_ index: Int) {
        places[index].waiter = nil
        count -= 1
        // The move of the others costs less than the calls that left so many empty places.
        guard places.count > 2 * count + 16 else { return }
        places.removeAll { $0.waiter == nil }
        first = 0
    }
}
