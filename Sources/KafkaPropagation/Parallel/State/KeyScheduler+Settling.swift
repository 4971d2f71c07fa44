extension KeyScheduler {
    // MARK: After a handler

    /// Removes a settled record, so that the next one of its lane may begin.
    package mutating func finish(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].isBusy else { return }
        let lane = jobs[index].lane
        unlink(index)
        release(index)
        if lane != ScheduledLane.absent { release(lane: lane) }
    }

    /// Keeps a record whose handler failed at the front of its lane. The lane waits for it; other lanes go on.
    package mutating func delay(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].phase == .running else { return }
        jobs[index].phase = .waiting
    }

    /// Notes that a record's handler has ended and that its dead letter is being sent. The record's lane waits.
    package mutating func holdForDeadLetter(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].phase == .running || jobs[index].phase == .parked else { return }
        jobs[index].phase = .leaving
    }

    /// Notes that a record's dead letter could not be sent and is sent again later. The record's lane waits.
    package mutating func park(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].phase == .leaving else { return }
        jobs[index].phase = .parked
    }

    /// Puts a record back that no handler ran for. It keeps its place in its lane.
    package mutating func putBack(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].phase == .running else { return }
        jobs[index].attempts -= 1
        jobs[index].wasPutBack = true
        queue(index)
    }

    /// Ends the wait of a record.
    package mutating func resume(_ id: ScheduledJobID) {
        guard let index = index(of: id), jobs[index].phase == .waiting else { return }
        queue(index)
    }

    private mutating func queue(_ index: Int) {
        let lane = jobs[index].lane
        if lane == ScheduledLane.absent {
            makeReady(index)
        } else {
            jobs[index].phase = .queued
            release(lane: lane)
        }
    }

    /// Notes that one record of the lane is no longer busy.
    private mutating func release(lane: Int) {
        lanes[lane].busy -= 1
        advance(lane)
    }

    /// Makes the first record of a lane ready if none of its records is busy. Removes an empty lane.
    private mutating func advance(_ lane: Int) {
        let head = lanes[lane].head
        if head == ScheduledLane.absent {
            lanes.remove(lane)
        } else if lanes[lane].busy == 0, jobs[head].phase == .queued {
            makeReady(head)
        }
    }

    mutating func unlink(_ index: Int) {
        let lane = jobs[index].lane
        guard lane != ScheduledLane.absent else { return }
        let previous = jobs[index].previousInLane
        let next = jobs[index].nextInLane
        if previous == ScheduledLane.absent { lanes[lane].head = next } else { jobs[previous].nextInLane = next }
        if next == ScheduledLane.absent { lanes[lane].tail = previous } else { jobs[next].previousInLane = previous }
    }

    // MARK: Losing a partition

    /// Drops the records of a partition that no handler has and whose dead letter is not being sent. O(all records).
    ///
    /// - Returns: The number of those records, and their bytes.
    @discardableResult
    package mutating func drop(partition: Int) -> (records: Int, bytes: Int) {
        clearReady(of: partition)
        var dropped = (records: 0, bytes: 0)
        var affected: [Int] = []
        for index in jobs.indices where jobs[index].partition == partition {
            let lane = jobs[index].lane
            switch jobs[index].phase {
            case .free, .running, .leaving: continue
            case .waiting, .parked:
                if lane != ScheduledLane.absent { lanes[lane].busy -= 1 }
            case .queued, .ready: break
            }
            dropped.records += 1
            dropped.bytes += jobs[index].bytes
            unlink(index)
            release(index)
            if lane != ScheduledLane.absent { affected.append(lane) }
        }
        // In a fixed order, so that the same calls always have the same effect.
        affected.sort()
        for (number, lane) in affected.enumerated() where number == 0 || affected[number - 1] != lane { advance(lane) }
        return dropped
    }

    /// Drops a partition's records, and marks the busy ones so that their results count for nothing. Their running
    /// handlers block their keys until they end. O(all records).
    package mutating func fence(partition: Int) {
        drop(partition: partition)
        for index in jobs.indices where jobs[index].partition == partition && jobs[index].isBusy {
            if jobs[index].isFenced { continue }
            jobs[index].isFenced = true
            guard jobs[index].lane == ScheduledLane.absent else { continue }
            // The same record may come again with the next assignment, and must wait for this handler.
            let lane = lanes.insert(.record(partition: partition, offset: jobs[index].offset))
            lanes[lane].head = index
            lanes[lane].tail = index
            lanes[lane].busy = 1
            jobs[index].lane = lane
        }
    }
}
