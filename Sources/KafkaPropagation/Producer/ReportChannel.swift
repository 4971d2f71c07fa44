internal import ContextPropagation
internal import Synchronization

/// A queue of delivery reports between the serving thread and the tasks that read ``KafkaDeliveryReports``.
///
/// Each message reserves a place before it is enqueued, and the place is released when its report is taken. This bounds
/// the queue.
///
/// The queue is open while it has readers. A reader gets no report of a message that was enqueued for earlier ones: if
/// such messages are in flight when the queue opens, new messages carry the number of this opening.
final class ReportChannel: Sendable {
    private struct State {
        var batches = RingBuffer<[KafkaDeliveryReport]>()
        /// Empty arrays whose memory is used again. Large pieces of memory that come and go make small ones more
        /// expensive, also librdkafka's, because glibc then sorts and joins what is free.
        var spares: [[KafkaDeliveryReport]] = []
        /// Resolved and replaced when reports arrive; resolved at the end.
        var arrival = Promise<Void>()
        var isFinished = false
        /// How many sequences of reports exist, iterators included.
        var readers = 0
        var openings = 0
    }

    /// How the report of a message finds the readers for which the message was enqueued.
    struct Route: RawRepresentable, Equatable {
        let rawValue: Int

        /// There are no readers.
        static let none = Route(rawValue: 0)
        /// The tag is enough, because no message of earlier readers is in flight.
        static let tag = Route(rawValue: 1)
        /// The number of the opening identifies the readers.
        static func opening(_ number: Int) -> Route { Route(rawValue: 1 + number) }
    }

    /// When the report of a failed message was dropped.
    enum Drop: Equatable {
        /// When it came: its readers had left.
        case onArrival
        /// When its readers left. It may have come long before.
        case later
    }

    /// How many spare arrays are kept at most.
    private static let spareLimit = 8

    private let state = Mutex(State())
    private let places: Atomic<Int>
    private let capacity: Int
    /// It changes under the lock.
    private let presentRoute = Atomic<Int>(Route.none.rawValue)
    private let onFailure: @Sendable (KafkaDeliveryReport, Drop) -> Void

    /// - Parameters:
    ///   - capacity: The number of places.
    ///   - onFailure: Gets the report of each message that failed and whose report nobody can take any more.
    init(capacity: Int, onFailure: @escaping @Sendable (KafkaDeliveryReport, Drop) -> Void) {
        self.capacity = capacity
        self.onFailure = onFailure
        places = Atomic(capacity)
    }

    /// The route for the report of a message that is enqueued now.
    var route: Route { Route(rawValue: presentRoute.load(ordering: .relaxed)) }

    func open() {
        state.withLock { state in
            state.readers += 1
            guard state.readers == 1 else { return }
            state.openings += 1
            // Nothing waits in a closed queue. So a place that is not free belongs to a message in flight.
            let isIdle = places.load(ordering: .relaxed) == capacity
            let route = isIdle ? Route.tag : .opening(state.openings)
            presentRoute.store(route.rawValue, ordering: .relaxed)
        }
    }

    /// The last reader that closes the queue drops the reports that nobody has taken.
    func close() {
        // Together, so that no report of a reader that opens the queue meanwhile is dropped.
        var batches = state.withLock { state -> RingBuffer<[KafkaDeliveryReport]> in
            state.readers -= 1
            guard state.readers == 0 else { return RingBuffer() }
            presentRoute.store(Route.none.rawValue, ordering: .relaxed)
            state.spares = []
            defer { state.batches = RingBuffer() }
            return state.batches
        }
        while let batch = batches.popFirst() { drop(batch, .later) }
    }

    /// - Parameter batch: The last report first.
    private func drop(_ batch: [KafkaDeliveryReport], _ drop: Drop) {
        release(batch.count)
        for report in batch.reversed() where report.error != nil { onFailure(report, drop) }
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

    /// Adds reports of messages that had this route, in order.
    ///
    /// - Returns: An empty array for the next reports.
    @discardableResult
    func append(_ reports: consuming [KafkaDeliveryReport], by route: Route = .tag) -> [KafkaDeliveryReport] {
        // A reader takes each report from the end, so that it owns the report without a copy.
        reports.withUnsafeMutableBufferPointer { $0.reverse() }
        let batch = reports
        let (arrival, spare) = state.withLock { state -> (Promise<Void>?, [KafkaDeliveryReport]) in
            guard self.route == route else { return (nil, []) }
            state.batches.append(batch)
            defer { state.arrival = Promise() }
            return (state.arrival, state.spares.popLast() ?? [])
        }
        if let arrival {
            arrival.resolve(())
        } else {
            drop(batch, .onArrival)
        }
        return spare
    }

    /// Takes reports back from a reader that leaves. They are the next ones again.
    ///
    /// - Parameter rest: The last report first.
    func putBack(_ rest: [KafkaDeliveryReport]) {
        places.wrappingSubtract(rest.count, ordering: .relaxed)
        let arrival = state.withLock { state in
            state.batches.prepend(rest)
            defer { if !state.isFinished { state.arrival = Promise() } }
            return state.arrival
        }
        arrival.resolve(())
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
            if state.readers > 0, !state.isFinished, state.spares.count < Self.spareLimit { state.spares.append(spare) }
        }
    }
}
