/// Records of one batch and one partition that stand side by side.
struct Segment<Storage: RecordStorage> {
    let storage: Storage
    /// ``AssignedPartition/index`` of the records' partition.
    let partition: Int
    /// Where the records are in the batch; never empty in a buffer.
    var range: Range<Int>

    var byteCount: Int { range.reduce(0) { $0 + storage.byteCount(at: $1) } }
}

extension Segment: Sendable where Storage: Sendable {}
