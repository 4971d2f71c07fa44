/// Neighbouring records of one batch and one partition.
struct Segment<Storage: RecordStorage> {
    let storage: Storage
    /// The ``AssignedPartition/index`` of the records' partition.
    let partition: Int
    /// The indices of the records in the batch. The range is never empty in a buffer.
    var range: Range<Int>

    var byteCount: Int { range.reduce(0) { $0 + storage.byteCount(at: $1) } }
}

extension Segment: Sendable where Storage: Sendable {}
