/// Decides which record a handler takes next.
///
/// Records of one lane (a key, a partition) are handled one at a time, in the order in which they were added. No lane
/// waits for another one: keys are not mapped to a fixed number of workers. Among the records that may begin,
/// ``ReadyRecords`` chooses. At most ``maxConcurrency`` handlers have begun and not ended.
///
/// The scheduler is a pure value without a clock. Every call costs O(1), except those whose comment says otherwise, and
/// those that use the heap of ``ReadyRecords``.
package struct KeyScheduler<Record: ScheduledRecord>: Sendable {
    package let maxConcurrency: Int
    /// How many handlers have begun and not ended, including handlers of lost assignments.
    package private(set) var running = 0
    /// How many records a handler may take at once.
    package var ready: Int { readyRecords.count }

    var jobs: [ScheduledJob] = []
    /// The records of the jobs, by the same index; nil for a free job.
    var records: [Record?] = []
    var lanes = LaneTable()
    private var freeJobs: [Int] = []
    private var lives: UInt64 = 0
    private var readyRecords = ReadyRecords()

    /// - Parameter maxConcurrency: At least 1; lower numbers count as 1.
    package init(maxConcurrency: Int) {
        self.maxConcurrency = max(1, maxConcurrency)
    }

    /// How many records are in the scheduler.
    package var count: Int { jobs.count - freeJobs.count }

    /// How many keys and partitions have records in the scheduler.
    package var laneCount: Int { lanes.count }

    // MARK: Adding

    /// Adds a record behind the others of its lane.
    ///
    /// - Parameter partition: A small number that stands for the partition.
    @discardableResult
    package mutating func add(
        _ record: consuming Record,
        partition: Int,
        offset: Int,
        bytes: Int = 0,
        lane: SchedulingLane
    ) -> ScheduledJobID {
        lives += 1
        var job = ScheduledJob(partition: partition, offset: offset, bytes: bytes, life: lives)
        let place = self.lane(for: record, lane, partition, offset)
        let tail = place.map { lanes[$0].tail } ?? ScheduledLane.absent
        job.lane = place ?? ScheduledLane.absent
        job.previousInLane = tail
        let index = freeJobs.popLast() ?? jobs.count
        if index == jobs.count {
            jobs.append(job)
            records.append(record)
        } else {
            jobs[index] = job
            records[index] = record
        }
        if let place {
            lanes[place].tail = index
            if tail == ScheduledLane.absent { lanes[place].head = index } else { jobs[tail].nextInLane = index }
        }
        if tail == ScheduledLane.absent { makeReady(index) }
        return ScheduledJobID(index: index, life: lives)
    }

    private mutating func lane(for record: Record, _ lane: SchedulingLane, _ partition: Int, _ offset: Int) -> Int? {
        switch lane {
        case .none: lanes.recordLane(partition: partition, offset: offset)
        case .partition: lanes.partitionLane(partition) ?? lanes.insert(.partition(partition))
        case .key(let hash):
            lanes.keyLane(hash: hash) { records[$0]?.hasSameKey(as: record) == true }
                ?? lanes.insert(.key(hash: hash))
        }
    }

    // MARK: Beginning

    /// Begins a handler with the next record; nil if no record is ready, or if ``maxConcurrency`` handlers run.
    package mutating func begin(now: UInt64) -> ScheduledJobID? {
        guard running < maxConcurrency, let index = readyRecords.takeFirst(jobs) else { return nil }
        running += 1
        return start(index, now)
    }

    /// Begins a handler with up to `limit` records. Records of one lane follow each other in order.
    ///
    /// - Parameter batch: The array to which the records are appended.
    /// - Returns: False if no record is ready, or if ``maxConcurrency`` handlers run.
    package mutating func begin(upTo limit: Int, now: UInt64, into batch: inout [ScheduledJobID]) -> Bool {
        guard running < maxConcurrency, let first = readyRecords.takeFirst(jobs) else { return false }
        running += 1
        var next: Int? = first
        var count = 0
        while let index = next {
            batch.append(start(index, now))
            count += 1
            var follower = jobs[index].nextInLane
            while count < limit, follower != ScheduledLane.absent, jobs[follower].phase == .queued {
                batch.append(start(follower, now))
                count += 1
                follower = jobs[follower].nextInLane
            }
            next = count < limit ? readyRecords.takeFirst(jobs) : nil
        }
        return true
    }

    private mutating func start(_ index: Int, _ now: UInt64) -> ScheduledJobID {
        jobs[index].phase = .running
        jobs[index].attempts += 1
        jobs[index].since = now
        let lane = jobs[index].lane
        if lane != ScheduledLane.absent { lanes[lane].busy += 1 }
        return ScheduledJobID(index: index, life: jobs[index].life)
    }

    /// Notes that a handler has ended, so that another one may begin. Its records are settled one by one.
    package mutating func endHandler() {
        if running > 0 { running -= 1 }
    }

    mutating func makeReady(_ index: Int) {
        jobs[index].phase = .ready
        readyRecords.add(index, &jobs)
    }

    /// Forgets the ready records of a partition. O(ready records of the partition + partitions).
    mutating func clearReady(of partition: Int) {
        readyRecords.removeAll(of: partition, jobs)
    }

    mutating func release(_ index: Int) {
        jobs[index] = ScheduledJob()
        records[index] = nil
        freeJobs.append(index)
    }
}
