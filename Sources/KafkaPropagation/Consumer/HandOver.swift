internal import Synchronization

/// The records on their way from the poll thread to the application, bounded.
///
/// There is one lock and no second buffer on the application's side, so that a seek, a pause or a revoke takes back every record
/// that has not been taken yet.
final class HandOver: Sendable {
    /// Records of one batch that stand side by side.
    struct Run {
        let batch: RecordBatch
        var next: Int
        let end: Int
        /// What the bound of bytes counts for it, until its last record is taken.
        let bytes: Int
    }

    struct State {
        var runs: [Run] = []
        var head = 0
        var records = 0
        var bytes = 0
        /// The records of partitions that are paused.
        var parked: [KafkaTopicPartition: [KafkaRecord]] = [:]
        /// Where partitions were sent by a seek, until a record of theirs says it.
        var sought: [KafkaTopicPartition: KafkaOffset] = [:]
        var waiters: [Waiter<Void>] = []
        var end: Result<Void, KafkaError>?
        var inHand = 0
        var taken = 0
        var isStalled = false
    }

    let state = Mutex(State())
    private let recordLimit: Int
    private let byteLimit = 16 << 20
    private let waker: Waker

    /// - Parameters:
    ///   - limit: How many records it holds at most.
    ///   - waker: Woken when there is room again.
    init(limit: Int, waker: Waker) {
        recordLimit = max(1, limit)
        self.waker = waker
    }

    // MARK: The poll thread's side

    /// How many records may come; 0 has the waker woken when there is room again.
    func room(averageSize: Int) -> Int {
        state.withLock { state in
            guard state.end == nil, state.records < recordLimit, state.bytes < byteLimit else {
                state.isStalled = state.end == nil
                return 0
            }
            return min(recordLimit - state.records, max(1, (byteLimit - state.bytes) / max(1, averageSize)))
        }
    }

    func append(_ batch: RecordBatch) {
        if batch.slots.isEmpty { return }
        state.withLock { state in
            guard state.end == nil else { return }
            state.runs.append(Run(batch: batch, next: 0, end: batch.slots.count, bytes: batch.bytes))
            state.records += batch.slots.count
            state.bytes += batch.bytes
            wake(&state)
        }
    }

    /// No more records come; `error` is what the iteration throws.
    ///
    /// - Parameter discarding: Whether records that have not been taken are dropped.
    func finish(_ error: KafkaError? = nil, discarding: Bool) {
        state.withLock { state in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            if discarding {
                state.runs = []
                state.head = 0
                state.records = 0
                state.bytes = 0
                state.parked = [:]
            }
            for waiter in state.waiters { waiter.finish(()) }
            state.waiters = []
            noteDrained(&state)
        }
    }

    /// Whether the application takes records, or has none to take, as a number that changes when it takes one.
    var progress: (taken: Int, isIdle: Bool) {
        state.withLock { state in
            (state.taken, !state.waiters.isEmpty || (state.records == 0 && state.inHand == 0))
        }
    }

    // MARK: The application's side

    /// Where one iteration stands: whether it has a record that it has not asked the next one for.
    final class Iteration: Sendable {
        fileprivate let hasRecord = Atomic<Bool>(false)
        private let handOver: HandOver

        init(_ handOver: HandOver) {
            self.handOver = handOver
        }

        deinit {
            handOver.state.withLock { state in handOver.putBack(&state, self) }
        }
    }

    /// The next record; nil at the end, and for a task that is cancelled.
    func next(_ iteration: Iteration) async throws(KafkaError) -> KafkaRecord? {
        try await nextRun(iteration, limit: 1).map { KafkaRecord(batch: $0.batch, index: $0.range.lowerBound) }
    }

    /// The next records that stand side by side; nil at the end, and for a task that is cancelled.
    func nextRun(
        _ iteration: Iteration,
        limit: Int
    ) async throws(KafkaError) -> (batch: RecordBatch, range: Range<Int>)? {
        while true {
            if Task.isCancelled {
                state.withLock { state in putBack(&state, iteration) }
                return nil
            }
            let taken = state.withLock { state -> Taken in
                putBack(&state, iteration)
                return take(&state, iteration, limit)
            }
            switch taken {
            case .run(let batch, let range, let wakes):
                if wakes { waker.wake() }
                return (batch, range)
            case .end(let result):
                try result.get()
                return nil
            case .wait(let waiter):
                if await waiter.value == nil {
                    state.withLock { state in state.waiters.removeAll { $0 === waiter } }
                    return nil
                }
            }
        }
    }

    private enum Taken {
        case run(RecordBatch, Range<Int>, wakes: Bool)
        case end(Result<Void, KafkaError>)
        case wait(Waiter<Void>)
    }

    private func take(_ state: inout State, _ iteration: Iteration, _ limit: Int) -> Taken {
        guard state.head < state.runs.count else {
            if let end = state.end { return .end(end) }
            let waiter = Waiter<Void>()
            state.waiters.append(waiter)
            return .wait(waiter)
        }
        let batch = state.runs[state.head].batch
        let start = state.runs[state.head].next
        let end = min(state.runs[state.head].end, start + limit)
        if end == state.runs[state.head].end {
            state.bytes -= state.runs[state.head].bytes
            state.head += 1
            if state.head == state.runs.count {
                state.runs.removeAll(keepingCapacity: true)
                state.head = 0
            }
        } else {
            state.runs[state.head].next = end
        }
        state.records -= end - start
        state.taken &+= 1
        state.inHand += 1
        iteration.hasRecord.store(true, ordering: .relaxed)
        let wakes = state.isStalled && state.records <= recordLimit / 2
        if wakes { state.isStalled = false }
        return .run(batch, start..<end, wakes: wakes)
    }

    private func putBack(_ state: inout State, _ iteration: Iteration) {
        guard iteration.hasRecord.exchange(false, ordering: .relaxed) else { return }
        state.inHand -= 1
        noteDrained(&state)
    }

    private func noteDrained(_ state: inout State) {
        if state.end != nil, state.inHand == 0 { waker.wake() }
    }

    /// How full it is.
    var level: (records: Int, inHand: Int) {
        state.withLock { state in
            (state.records + state.parked.values.reduce(0) { $0 + $1.count }, state.inHand)
        }
    }

    /// The error with which it ended, if it did.
    var failure: KafkaError? {
        state.withLock { state in
            if case .failure(let error) = state.end { error } else { nil }
        }
    }

    /// Whether no record is in the application's hands.
    var isDrained: Bool { state.withLock { $0.inHand == 0 } }

    func wake(_ state: inout State) {
        for waiter in state.waiters { waiter.finish(()) }
        state.waiters.removeAll(keepingCapacity: true)
    }
}
