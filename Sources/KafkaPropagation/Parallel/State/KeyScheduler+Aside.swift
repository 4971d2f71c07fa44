extension KeyScheduler {
    /// Records of one key that left the memory because an earlier record of the key fails.
    struct Aside {
        let lane: Int
        /// The lowest of their offsets.
        let first: Int
        var offsets: [Int]
        var bytes: Int
    }

    /// The lane of a key, if an earlier record of it is in the scheduler.
    func keyLane(of record: Record, _ lane: SchedulingLane) -> Int? {
        guard case .key(let hash) = lane else { return nil }
        return lanes.keyLane(hash: hash) { records[$0]?.hasSameKey(as: record) == true }
    }

    /// The lane of a record.
    func lane(of job: ScheduledJobID) -> Int? {
        index(of: job).flatMap { jobs[$0].lane == ScheduledLane.absent ? nil : jobs[$0].lane }
    }

    /// Whether an attempt with one of the records has failed. O(all records).
    var hasFailing: Bool { jobs.contains { $0.hasFailed } }

    /// A number of records and their bytes.
    typealias Amount = (records: Int, bytes: Int)

    /// How many of a partition's records wait behind a failing record of their key, and how many have failed. O(all
    /// records).
    func blocked(partition: Int) -> (blocked: Amount, failing: Amount) {
        var blocked = (records: 0, bytes: 0)
        var failing = (records: 0, bytes: 0)
        for job in jobs where job.partition == partition {
            if isBlocked(job) {
                blocked.records += 1
                blocked.bytes += job.bytes
            } else if job.hasFailed {
                failing.records += 1
                failing.bytes += job.bytes
            }
        }
        return (blocked, failing)
    }

    /// Whether a record of this partition is in a lane. O(records of the lane).
    func has(lane: Int, partition: Int) -> Bool {
        var next = lanes[lane].head
        while next != ScheduledLane.absent {
            if jobs[next].partition == partition { return true }
            next = jobs[next].nextInLane
        }
        return false
    }

    /// Drops a partition's records that wait behind a failing record of their key. O(all records).
    ///
    /// - Parameter limit: The most of them that stay. Each key keeps its first ones.
    mutating func setAside(partition: Int, keeping limit: Amount) -> [Aside] {
        var blocked: Set<Int> = []
        for job in jobs where job.partition == partition && isBlocked(job) { blocked.insert(job.lane) }
        if blocked.isEmpty { return [] }
        let limit = (records: limit.records / blocked.count, bytes: limit.bytes / blocked.count)
        return blocked.sorted().compactMap { setAside(lane: $0, partition, keeping: limit) }
    }

    private mutating func setAside(lane: Int, _ partition: Int, keeping limit: Amount) -> Aside? {
        var left = limit
        var aside: Aside?
        var next = lanes[lane].head
        while next != ScheduledLane.absent {
            let (index, job) = (next, jobs[next])
            next = job.nextInLane
            guard job.partition == partition, isBlocked(job) else { continue }
            if aside == nil, left.records > 0, left.bytes >= job.bytes {
                left.records -= 1
                left.bytes -= job.bytes
                continue
            }
            aside = aside ?? Aside(lane: lane, first: job.offset, offsets: [], bytes: 0)
            aside?.offsets.append(job.offset)
            aside?.bytes += job.bytes
            unlink(index)
            release(index)
        }
        return aside
    }

    /// Records that no handler has begun with are behind all others of their key. So no record of a key that stays in
    /// memory is behind one that leaves it.
    private func isBlocked(_ job: ScheduledJob) -> Bool {
        guard job.phase == .queued, job.attempts == 0, job.lane != ScheduledLane.absent,
            case .key = lanes[job.lane].kind
        else {
            return false
        }
        // The failing record may run again at this moment.
        return jobs[lanes[job.lane].head].hasFailed
    }

    /// The offsets of an assigned partition's records, from an offset on. O(all records).
    func offsets(partition: Int, from offset: Int) -> Set<Int> {
        var offsets: Set<Int> = []
        for job in jobs where job.partition == partition && job.phase != .free && !job.isFenced {
            if job.offset >= offset { offsets.insert(job.offset) }
        }
        return offsets
    }
}
