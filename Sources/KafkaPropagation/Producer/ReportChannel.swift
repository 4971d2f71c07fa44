internal import ContextPropagation
internal import Synchronization

/// A queue of delivery reports between the serving thread and the tasks that read ``KafkaDeliveryReports``.
///
/// Each message reserves a place before it is enqueued, and the place is released when its report is taken. This bounds
/// the queue.
final class ReportChannel: Sendable {
    private struct State {
        var reports: [KafkaDeliveryReport] = []
        /// Resolved and replaced when reports arrive; resolved at the end.
        var arrival = Promise<Void>()
        var isFinished = false
    }

    private let state = Mutex(State())
    private let places: Atomic<Int>
    /// How many sequences of reports exist, iterators included.
    private let readers = Atomic<Int>(0)

    init(capacity: Int) {
        places = Atomic(capacity)
    }

    /// Whether the report of a message that is enqueued now comes here.
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

    /// Reserves a place for one report. Returns false if none is free.
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

    /// Ends the queue: no report follows. The reports that have arrived can still be taken.
    func finish() {
        let arrival = state.withLock { state in
            state.isFinished = true
            return state.arrival
        }
        arrival.resolve(())
    }

    /// The reports that have arrived since the last call; nil at the end, and if the task is cancelled.
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
