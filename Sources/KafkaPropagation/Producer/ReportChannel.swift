internal import ContextPropagation
internal import Synchronization

/// The reports between librdkafka and the task that iterates over them, handed over in batches.
///
/// Each message takes a place before it is enqueued, and the place is free again when its report was taken: this bounds
/// the reports that wait here.
final class ReportChannel: Sendable {
    private struct State {
        var reports: [KafkaDeliveryReport] = []
        /// Resolved and replaced when reports arrive, and resolved at the end.
        var arrival = Promise<Void>()
        var isFinished = false
    }

    private let state = Mutex(State())
    private let places: Atomic<Int>
    /// How many sequences and iterators are held.
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
        let arrival = state.withLock { state -> Promise<Void>? in
            guard isOpen else { return nil }
            state.reports.append(contentsOf: batch)
            defer { state.arrival = Promise() }
            return state.arrival
        }
        if let arrival {
            arrival.resolve(())
        } else {
            release(batch.count)
        }
    }

    /// No report follows; those that are there can still be taken.
    func finish() {
        let arrival = state.withLock { state in
            state.isFinished = true
            return state.arrival
        }
        arrival.resolve(())
    }

    /// The reports that have arrived since the last call; nil at the end, and for a task that is cancelled.
    func take() async -> [KafkaDeliveryReport]? {
        while true {
            let (reports, arrival, isFinished) = state.withLock { state in
                defer { state.reports = [] }
                return (state.reports, state.arrival, state.isFinished)
            }
            if !reports.isEmpty {
                release(reports.count)
                return reports
            }
            if isFinished { return nil }
            guard await arrival.valueUnlessCancelled != nil else { return nil }
        }
    }
}
