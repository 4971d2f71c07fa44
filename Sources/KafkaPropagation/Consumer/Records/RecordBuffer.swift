internal import ContextPropagation

/// The records that were read and wait to be taken. It is a bounded queue that can hold back or remove the records of
/// single partitions. A pure value.
///
/// It keeps a batch only as long as a record of the batch waits.
struct RecordBuffer<Storage: RecordStorage> {
    typealias Segment = KafkaPropagation.Segment<Storage>

    /// The records of the first segment that were not taken yet. It is apart from ``segments``, so that taking a record
    /// costs little.
    private var front: Segment?
    private var segments = RingBuffer<Segment>()
    private var paused: [Int: [Segment]] = [:]
    private let recordLimit: Int
    private let byteLimit: Int

    /// The number of records that can be taken.
    private(set) var records = 0
    /// The number of bytes of their keys and values.
    private(set) var bytes = 0

    /// - Parameters:
    ///   - recordLimit: The largest number of records that it asks for.
    ///   - byteLimit: The largest number of bytes of keys and values that it asks for.
    init(recordLimit: Int, byteLimit: Int) {
        self.recordLimit = max(1, recordLimit)
        self.byteLimit = max(1, byteLimit)
    }

    /// The number of records of paused partitions.
    var pausedRecords: Int { paused.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.range.count } } }

    /// Whether at least half of the buffer is free, so that it is worth filling it again.
    var isHalfEmpty: Bool { records <= recordLimit / 2 && bytes <= byteLimit / 2 }

    /// Returns the number of records that the buffer can receive.
    ///
    /// - Parameter averageSize: The average number of bytes of a record so far.
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

    /// Takes the first records, at most `limit`, which are neighbours in one batch.
    ///
    /// - Returns: The batch and the indices of the records in it. The records may belong to several partitions.
    mutating func take(limit: Int) -> (storage: Storage, range: Range<Int>)? {
        if front == nil { front = segments.popFirst() }
        guard limit > 0, let storage = front?.storage, let start = front?.range.lowerBound else { return nil }
        var end = start
        while end - start < limit, let range = front?.range, front?.storage === storage, range.lowerBound == end {
            let part = min(range.count, limit - (end - start))
            records -= part
            for index in end..<end + part { bytes -= storage.byteCount(at: index) }
            end += part
            if part == range.count { front = segments.popFirst() } else { front?.range = end..<range.upperBound }
        }
        return (storage, start..<end)
    }

    /// Takes the first record.
    mutating func takeOne() -> (storage: Storage, index: Int)? {
        if front == nil { front = segments.popFirst() }
        guard let storage = front?.storage, let range = front?.range else { return nil }
        records -= 1
        bytes -= storage.byteCount(at: range.lowerBound)
        if range.count == 1 { front = nil } else { front?.range = range.lowerBound + 1..<range.upperBound }
        return (storage, range.lowerBound)
    }

    /// Removes every record of this partition, and returns their number.
    ///
    /// - Parameter staysPaused: Whether a paused partition continues to hold back records.
    mutating func remove(_ partition: Int, staysPaused: Bool) -> Int {
        var count = 0
        for segment in takeOut(partition) { count += segment.range.count }
        if let held = paused.removeValue(forKey: partition) {
            if staysPaused { paused[partition] = [] }
            for segment in held { count += segment.range.count }
        }
        return count
    }

    /// Holds back the records of this partition, including later ones.
    mutating func pause(_ partition: Int) {
        let held = takeOut(partition)
        paused[partition, default: []] += held
    }

    /// Releases the records of this partition that were held back, before all other records.
    mutating func resume(_ partition: Int) {
        putFrontBack()
        for segment in paused.removeValue(forKey: partition)?.reversed() ?? [] {
            count(segment, 1)
            segments.prepend(segment)
        }
    }

    /// Returns the first record of this partition, even if it is held back.
    func first(of partition: Int) -> (storage: Storage, index: Int)? {
        let segment =
            paused[partition]?.first ?? (front?.partition == partition ? front : nil)
            ?? segments.first { $0.partition == partition }
        return segment.map { ($0.storage, $0.range.lowerBound) }
    }

    mutating func removeAll() {
        front = nil
        segments = RingBuffer()
        paused = paused.mapValues { _ in [] }
        records = 0
        bytes = 0
    }

    private mutating func takeOut(_ partition: Int) -> [Segment] {
        putFrontBack()
        let removed = segments.removeAll { $0.partition == partition }
        for segment in removed { count(segment, -1) }
        return removed
    }

    private mutating func putFrontBack() {
        if let segment = front.take() { segments.prepend(segment) }
    }

    private mutating func count(_ segment: Segment, _ sign: Int) {
        records += sign * segment.range.count
        bytes += sign * segment.byteCount
    }
}

extension RecordBuffer: Sendable where Storage: Sendable {}
