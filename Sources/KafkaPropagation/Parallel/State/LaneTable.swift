/// The lanes in use: a hash table that finds a lane by the hash of its key. The caller compares keys.
struct LaneTable: Sendable {
    private(set) var lanes: [ScheduledLane] = []
    private var free: [Int] = []
    private var buckets = [Int](repeating: ScheduledLane.absent, count: 64)
    /// How many low bits of a mixed hash are left out to get a bucket.
    private var shift = UInt64(UInt64.bitWidth - 6)
    private var keyed = 0
    /// The lane of each partition, by the partition's number.
    private var partitions: [Int] = []
    private var records: [RecordPlace: Int] = [:]

    private struct RecordPlace: Hashable, Sendable {
        let partition: Int
        let offset: Int
    }

    var count: Int { lanes.count - free.count }

    /// How many lanes it has memory for.
    var capacity: Int { lanes.count }

    subscript(lane: Int) -> ScheduledLane {
        get { lanes[lane] }
        _modify { yield &lanes[lane] }
    }

    /// Finds the lane that has this hash and whose oldest record matches.
    func keyLane(hash: Int, where matches: (_ head: Int) -> Bool) -> Int? {
        var lane = buckets[bucket(hash)]
        while lane != ScheduledLane.absent {
            if lanes[lane].kind == .key(hash: hash), matches(lanes[lane].head) { return lane }
            lane = lanes[lane].nextInBucket
        }
        return nil
    }

    func partitionLane(_ partition: Int) -> Int? {
        guard partition < partitions.count, partitions[partition] != ScheduledLane.absent else { return nil }
        return partitions[partition]
    }

    func recordLane(partition: Int, offset: Int) -> Int? {
        records.isEmpty ? nil : records[RecordPlace(partition: partition, offset: offset)]
    }

    mutating func insert(_ kind: ScheduledLane.Kind) -> Int {
        let lane = free.popLast() ?? lanes.count
        if lane == lanes.count {
            lanes.append(ScheduledLane(kind: kind))
        } else {
            lanes[lane] = ScheduledLane(kind: kind)
        }
        switch kind {
        case .key(let hash):
            keyed += 1
            if keyed > buckets.count { grow() }
            lanes[lane].nextInBucket = buckets[bucket(hash)]
            buckets[bucket(hash)] = lane
        case .partition(let partition):
            while partitions.count <= partition { partitions.append(ScheduledLane.absent) }
            partitions[partition] = lane
        case .record(let partition, let offset):
            records[RecordPlace(partition: partition, offset: offset)] = lane
        }
        return lane
    }

    mutating func remove(_ lane: Int) {
        switch lanes[lane].kind {
        case .key(let hash):
            keyed -= 1
            unlink(lane, from: bucket(hash))
        case .partition(let partition): partitions[partition] = ScheduledLane.absent
        case .record(let partition, let offset):
            records[RecordPlace(partition: partition, offset: offset)] = nil
        }
        free.append(lane)
    }

    /// Mixes the bits first: hashes that have their low bits in common do not share a bucket.
    private func bucket(_ hash: Int) -> Int {
        Int(truncatingIfNeeded: (UInt64(truncatingIfNeeded: hash) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    private mutating func unlink(_ lane: Int, from bucket: Int) {
        if buckets[bucket] == lane {
            buckets[bucket] = lanes[lane].nextInBucket
            return
        }
        var earlier = buckets[bucket]
        while earlier != ScheduledLane.absent, lanes[earlier].nextInBucket != lane {
            earlier = lanes[earlier].nextInBucket
        }
        if earlier != ScheduledLane.absent { lanes[earlier].nextInBucket = lanes[lane].nextInBucket }
    }

    private mutating func grow() {
        let old = buckets
        buckets = [Int](repeating: ScheduledLane.absent, count: old.count * 2)
        shift -= 1
        for head in old {
            var lane = head
            while lane != ScheduledLane.absent {
                let next = lanes[lane].nextInBucket
                if case .key(let hash) = lanes[lane].kind {
                    lanes[lane].nextInBucket = buckets[bucket(hash)]
                    buckets[bucket(hash)] = lane
                }
                lane = next
            }
        }
    }
}
