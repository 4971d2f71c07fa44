internal import ContextPropagation
internal import Synchronization

/// A queue of delivery reports between the serving thread and the tasks that read ``KafkaDeliveryReports``.
///
/// Each message reserves a place before it is enqueued, and the place is released when its report is taken. This bounds
/// the queue.
final class ReportChannel: Sendable {
    private struct State {
        var batches = RingBuffer<[KafkaDeliveryReport]>()
        /// Empty arrays whose memory is used again. Large pieces of memory that come and go make small ones more
        /// expensive, also librdkafka's, because glibc then sorts and joins what is free.
        var spares: [[KafkaDeliveryReport]] = []
        /// Resolved and replaced when reports arrive; resolved at the end.
        var arrival = Promise<Void>()
        var isFinished = false
    }

    /// How many of these arrays are kept at most.
    private static let spareLimit = 8

    private let state = Mutex(State())
    private let places: Atomic<Int>
    /// How many sequences of reports exist, iterators included. It changes under the lock.
    private let readers = Atomic<Int>(0)

    init(capacity: Int) {
        places = Atomic(capacity)
    }

    /// Whether the report of a message that is enqueued now comes here.
    var isOpen: Bool { readers.load(ordering: .relaxed) > 0 }

    func open() {
        state.withLock { _ in _ = readers.wrappingAdd(1, ordering: .relaxed) }
    }

    /// The last reader that closes the queue drops the reports that nobody has taken.
    func close() {
        // Together, so that no report of a reader that opens the queue meanwhile is dropped.
        var batches = state.withLock { state -> RingBuffer<[KafkaDeliveryReport]> in
            guard readers.wrappingSubtract(1, ordering: .relaxed).newValue == 0 else { return RingBuffer() }
            state.spares = []
            defer { state.batches = RingBuffer() }
            return state.batches
        }
        while let batch = batches.popFirst() { release(batch.count) }
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

    /// Adds reports, in order.
    ///
    /// - Returns: An empty array for the next reports.
    func append(_ reports: consuming [KafkaDeliveryReport]) -> [KafkaDeliveryReport] {
        let count = reports.count
        // A reader takes each report from the end, so that it owns the report without a copy.
        reports.withUnsafeMutableBufferPointer { $0.reverse() }
        let batch = reports
        let (arrival, spare) = state.withLock { state -> (Promise<Void>?, [KafkaDeliveryReport]) in
            guard isOpen else { return (nil, []) }
            state.batches.append(batch)
            defer { state.arrival = Promise() }
            return (state.arrival, state.spares.popLast() ?? [])
        }
        if let arrival {
            arrival.resolve(())
        } else {
            release(count)
        }
        return spare
    }

    /// Ends the queue: no report follows. The reports that have arrived can still be taken.
    func finish() {
        let arrival = state.withLock { state in
            state.isFinished = true
            return state.arrival
        }
        arrival.resolve(())
    }

    /// The next reports, the last one first; nil at the end, and if the task is cancelled.
    ///
    /// - Parameter spent: The array of the reports that were taken before. It is empty.
    func take(after spent: consuming [KafkaDeliveryReport]) async -> [KafkaDeliveryReport]? {
        recycle(spent)
        while true {
            let (batch, arrival, isFinished) = state.withLock { state in
                (state.batches.popFirst(), state.arrival, state.isFinished)
            }
            if let batch {
                release(batch.count)
                return batch
            }
            if isFinished { return nil }
            guard await arrival.valueUnlessCancelled != nil else { return nil }
        }
    }

    private func recycle(_ spent: consuming [KafkaDeliveryReport]) {
        guard spent.capacity > 0 else { return }
        let spare = spent
        state.withLock { state in
            if isOpen, !state.isFinished, state.spares.count < Self.spareLimit { state.spares.append(spare) }
        }
    }
}
