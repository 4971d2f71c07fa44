internal import Synchronization

/// The reports on their way from librdkafka to the one who iterates over them, handed over in batches.
///
/// It is bounded from the front: each message takes a place before it is enqueued, and the place is free again when its
/// report was taken.
final class ReportChannel: Sendable {
    private struct State {
        var reports: [KafkaDeliveryReport] = []
        var waiters: [Waiter<[KafkaDeliveryReport]>] = []
        var isFinished = false
    }

    private let state = Mutex(State())
    private let places: Atomic<Int>
    /// How many want reports.
    private let readers = Atomic<Int>(0)

    init(capacity: Int) {
        places = Atomic(capacity)
    }

    /// Whether a message that is enqueued now is reported here.
    var isOpen: Bool { readers.load(ordering: .relaxed) > 0 }

    func open() {
        readers.wrappingAdd(1, ordering: .relaxed)
    }

    func close() {
        guard readers.wrappingSubtract(1, ordering: .relaxed).newValue == 0 else { return }
        release(
            state.withLock { state in
                defer { state.reports = [] }
                return state.reports.count
            }
        )
    }

    /// Takes a place for one report; false where there is none left.
    func reserve() -> Bool {
        if places.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 { return true }
        release(1)
        return false
    }

    func release(_ count: Int) {
        places.wrappingAdd(count, ordering: .relaxed)
    }

    func append(_ batch: [KafkaDeliveryReport]) {
        let isTaken = state.withLock { state in
            while !state.waiters.isEmpty {
                if state.waiters.removeFirst().finish(batch) { return true }
            }
            guard isOpen else { return true }
            state.reports.append(contentsOf: batch)
            return false
        }
        if isTaken { release(batch.count) }
    }

    /// No report follows; those that are there can still be taken.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            for waiter in state.waiters { waiter.finish(nil) }
            state.waiters = []
        }
    }

    /// What has come since the last call; nil at the end, and for a task that is cancelled.
    func take() async -> [KafkaDeliveryReport]? {
        let waiter = Waiter<[KafkaDeliveryReport]>()
        let ready = state.withLock { state -> [KafkaDeliveryReport]?? in
            if !state.reports.isEmpty {
                defer { state.reports = [] }
                return state.reports
            }
            if state.isFinished { return .some(nil) }
            state.waiters.append(waiter)
            return .none
        }
        if let ready {
            if let ready { release(ready.count) }
            return ready
        }
        let batch = await waiter.value
        if batch == nil {
            state.withLock { state in state.waiters.removeAll { $0 === waiter } }
        }
        return batch
    }
}
