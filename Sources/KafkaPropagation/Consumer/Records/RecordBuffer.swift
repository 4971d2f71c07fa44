/// The records that were read and wait to be taken: a bounded queue, from which the records of single partitions can be
/// held back or removed. A pure value.
///
/// It holds a batch no longer than a record of the batch waits.
struct RecordBuffer<Storage: RecordStorage> {
    typealias Segment = KafkaPropagation.Segment<Storage>

    private var segments = SegmentQueue<Segment>()
    private var paused: [Int: [Segment]] = [:]
    private let recordLimit: Int
    private let byteLimit: Int

    /// Records that can be taken.
    private(set) var records = 0
    /// The bytes of their keys and values.
    private(set) var bytes = 0

    /// - Parameters:
    ///   - recordLimit: How many records it asks for at most.
    ///   - byteLimit: How many bytes of keys and values it asks for at most.
    init(recordLimit: Int, byteLimit: Int) {
        self.recordLimit = max(1, recordLimit)
        self.byteLimit = max(1, byteLimit)
    }

    /// Records of paused partitions.
    var pausedRecords: Int { paused.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.range.count } } }

    /// Whether so much has been taken that it is worth while to fill it again.
    var isHalfEmpty: Bool { records <= recordLimit / 2 && bytes <= byteLimit / 2 }

    /// How many more records it takes.
    ///
    /// - Parameter averageSize: The bytes of a record, as they were until now.
    func room(averageSize: Int) -> Int {
        guard records < recordLimit, bytes < byteLimit else { return 0 }
        return min(recordLimit - records, max(1, (byteLimit - bytes) / max(1, averageSize)))
    }

    mutating func append(_ segment: Segment) {
        if segment.range.isEmpty { return }
        if paused[segment.partition] != nil {
            paused[segment.partition]?.append(segment)
        } else {
            count(segment, 1)
            segments.append(segment)
        }
    }

    /// Takes the first records: at most so many, of one batch, side by side.
    ///
    /// - Returns: The batch and the places of the records in it. They may be of several partitions.
    mutating func take(limit: Int) -> (storage: Storage, range: Range<Int>)? {
        guard limit > 0, let storage = segments.first?.storage, let start = segments.first?.range.lowerBound else {
            return nil
        }
        var end = start
        while end - start < limit, let segment = segments.first, segment.storage === storage,
            segment.range.lowerBound == end
        {
            let part = min(segment.range.count, limit - (end - start))
            let taken = Segment(storage: storage, partition: segment.partition, range: end..<end + part)
            count(taken, -1)
            if part == segment.range.count {
                _ = segments.popFirst()
            } else {
                segments.first?.range = (end + part)..<segment.range.upperBound
            }
            end += part
        }
        return (storage, start..<end)
    }

    /// Removes every record of this partition, and returns how many there were.
    ///
    /// - Parameter staysPaused: Whether a paused partition goes on to hold records back.
    mutating func remove(_ partition: Int, staysPaused: Bool) -> Int {
        var count = 0
        for segment in takeOut(partition) { count += segment.range.count }
        if let held = paused.removeValue(forKey: partition) {
            if staysPaused { paused[partition] = [] }
            for segment in held { count += segment.range.count }
        }
        return count
    }

    /// Holds back the records of this partition, and those that come.
    mutating func pause(_ partition: Int) {
        let held = takeOut(partition)
        paused[partition, default: []] += held
    }

    /// Gives the records of this partition that were held back before all others.
    mutating func resume(_ partition: Int) {
        for segment in paused.removeValue(forKey: partition)?.reversed() ?? [] {
            count(segment, 1)
            segments.prepend(segment)
        }
    }

    /// The first record of this partition, also one that is held back.
    func first(of partition: Int) -> (storage: Storage, index: Int)? {
        let segment = paused[partition]?.first ?? segments.first { $0.partition == partition }
        return segment.map { ($0.storage, $0.range.lowerBound) }
    }

    mutating func removeAll() {
        segments = SegmentQueue()
        paused = paused.mapValues { _ in [] }
        records = 0
        bytes = 0
    }

    private mutating func takeOut(_ partition: Int) -> [Segment] {
        let removed = segments.removeAll { $0.partition == partition }
        for segment in removed { count(segment, -1) }
        return removed
    }

    private mutating func count(_ segment: Segment, _ sign: Int) {
        records += sign * segment.range.count
        bytes += sign * segment.byteCount
    }
}

extension RecordBuffer: Sendable where Storage: Sendable {}
