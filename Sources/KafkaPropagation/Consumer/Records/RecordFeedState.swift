/// The state of a ``RecordFeed``: waiting records, waiting tasks, and taken records. A pure value: each event returns
/// the actions, which the feed performs outside of its lock.
struct RecordFeedState<Storage: RecordStorage, Task> {
    /// The actions after an event: whom to wake.
    struct Wakes {
        /// The tasks that may now take records, or that must see the end.
        var tasks: [Task] = []
        /// Whether the poll loop has something to do.
        var loop = false
    }

    enum Turn {
        case records(Storage, Range<Int>)
        case end(Result<Void, KafkaError>)
        case wait
    }

    var buffer: RecordBuffer<Storage>
    private(set) var end: Result<Void, KafkaError>?
    /// A number that changes whenever records are taken.
    private(set) var taken = 0
    /// The number of iterations that hold a record.
    private(set) var held = 0
    private var waiting: [Task] = []
    /// Whether the poll loop waits for room.
    private var isFull = false

    init(recordLimit: Int, byteLimit: Int) {
        buffer = RecordBuffer(recordLimit: recordLimit, byteLimit: byteLimit)
    }

    /// Whether the application waits for a record, or has none.
    var isIdle: Bool { !waiting.isEmpty || (buffer.records == 0 && held == 0) }

    /// Returns the number of records that the feed can receive.
    mutating func room(averageSize: Int) -> Int {
        guard end == nil else { return 0 }
        let room = buffer.room(averageSize: averageSize)
        isFull = room == 0
        return room
    }

    mutating func append(_ segments: [Segment<Storage>]) -> Wakes {
        guard end == nil else { return Wakes() }
        for segment in segments { buffer.append(segment) }
        return wakeForRecords()
    }

    mutating func resume(_ partition: Int) -> Wakes {
        buffer.resume(partition)
        return wakeForRecords()
    }

    mutating func finish(_ error: KafkaError?, discarding: Bool) -> Wakes {
        if end == nil { end = error.map { .failure($0) } ?? .success(()) }
        if discarding { buffer.removeAll() }
        defer { waiting = [] }
        return Wakes(tasks: waiting, loop: held == 0)
    }

    /// Takes records for an iteration. The iteration has already put back its last record.
    mutating func take(limit: Int) -> (Turn, Wakes) {
        guard let (storage, range) = buffer.take(limit: limit) else {
            return (end.map { .end($0) } ?? .wait, Wakes())
        }
        taken &+= 1
        held += 1
        var wakes = Wakes()
        if isFull, buffer.isHalfEmpty {
            isFull = false
            wakes.loop = true
        }
        return (.records(storage, range), wakes)
    }

    /// Takes one record for an iteration, if the state allows it without any other action.
    ///
    /// - Parameters:
    ///   - isHolding: Whether the iteration holds a record, which it puts back.
    ///   - wakesLoop: Set to true if the poll loop has something to do.
    mutating func takeOne(isHolding: Bool, wakesLoop: inout Bool) -> (storage: Storage, index: Int)? {
        guard end == nil, let (storage, index) = buffer.takeOne() else { return nil }
        taken &+= 1
        if !isHolding { held += 1 }
        if isFull, buffer.isHalfEmpty {
            isFull = false
            wakesLoop = true
        }
        return (storage, index)
    }

    /// Notes that an iteration no longer holds the record that it took.
    mutating func putBack() -> Wakes {
        held -= 1
        return Wakes(loop: end != nil && held == 0)
    }

    mutating func wait(_ task: Task) {
        waiting.append(task)
    }

    /// Notes that a task was cancelled. The task may have been woken for a record, so another task is woken.
    mutating func leave(where matches: (Task) -> Bool) -> Wakes {
        waiting.removeAll(where: matches)
        return wakeForRecords()
    }

    private mutating func wakeForRecords() -> Wakes {
        let count = min(buffer.records, waiting.count)
        if count == 0 { return Wakes() }
        defer { waiting.removeFirst(count) }
        return Wakes(tasks: Array(waiting.prefix(count)))
    }
}
