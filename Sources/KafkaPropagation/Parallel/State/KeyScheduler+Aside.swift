extension KeyScheduler {
    /// Records of one key that left the memory because an earlier record of the key fails.
    struct Aside {
        let lane: Int
        /// The lowest of their offsets.
        var first: Int
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

    /// Drops a partition's records that wait behind a failing record of their key. O(all records).
    mutating func setAside(partition: Int) -> [Aside] {
        var asides: [Int: Aside] = [:]
        for index in jobs.indices where jobs[index].partition == partition && isBlocked(jobs[index]) {
            let job = jobs[index]
            var aside = asides[job.lane] ?? Aside(lane: job.lane, first: job.offset, offsets: [], bytes: 0)
            aside.first = min(aside.first, job.offset)
            aside.offsets.append(job.offset)
            aside.bytes += job.bytes
            asides[job.lane] = aside
            unlink(index)
            release(index)
        }
        return Array(asides.values)
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
