extension KeyScheduler {
    /// A copy of a record's state in the scheduler.
    package struct View {
        package let record: Record
        package let partition: Int
        package let offset: Int
        package let bytes: Int
        /// How many handlers have begun with the record.
        package let attempts: Int
        /// When the latest of them began.
        package let since: UInt64
        /// Whether the record's partition was lost meanwhile, so that its result counts for nothing.
        package let isFenced: Bool
    }

    /// The record with this name; nil if it has left.
    package func view(_ id: ScheduledJobID) -> View? {
        guard let index = index(of: id), let record = records[index] else { return nil }
        let job = jobs[index]
        return View(
            record: record,
            partition: job.partition,
            offset: job.offset,
            bytes: job.bytes,
            attempts: job.attempts,
            since: job.since,
            isFenced: job.isFenced
        )
    }

    func index(of id: ScheduledJobID) -> Int? {
        jobs.indices.contains(id.index) && jobs[id.index].life == id.life ? id.index : nil
    }

    /// The slot of the record at this offset of an assigned partition. O(all records).
    func place(partition: Int, offset: Int) -> Int? {
        jobs.indices.first { index in
            jobs[index].partition == partition && jobs[index].offset == offset && !jobs[index].isFenced
                && jobs[index].phase != .free
        }
    }

    /// The slot of the first record in the lane of a record.
    func laneHead(of index: Int) -> Int? {
        let lane = jobs[index].lane
        return lane == ScheduledLane.absent ? nil : lanes[lane].head
    }

    /// Swaps records that no handler has for others that stand for the same record. The new record must have the same
    /// key. O(all records).
    ///
    /// - Returns: How many records were swapped.
    @discardableResult
    package mutating func replaceRecords(
        where isWanted: (Record) -> Bool = { _ in true },
        with replace: (inout Record) -> Void
    ) -> Int {
        var count = 0
        for index in jobs.indices where jobs[index].phase != .running {
            guard var record = records[index], isWanted(record) else { continue }
            replace(&record)
            records[index] = record
            count += 1
        }
        return count
    }
}
