/// The state of a record in the scheduler, linked to its neighbours by index.
///
/// The record itself is in ``KeyScheduler/records``, so that copying this value changes no reference count.
struct ScheduledJob: Sendable {
    enum Phase: Sendable {
        /// The slot holds no record.
        case free
        /// The record is behind other records of its lane.
        case queued
        /// The record is next in its lane, and among the ready records of its partition.
        case ready
        /// A handler has begun with the record and not ended.
        case running
        /// The record waits for its next attempt.
        case waiting
        /// The record's handler has ended, and its dead letter is being sent.
        case leaving
        /// The record's dead letter could not be sent and waits for its next send.
        case parked
    }

    var phase = Phase.free
    /// Whether the record's partition was lost while the record was running or leaving.
    var isFenced = false
    /// Whether a batch took the record along without handling it. Its wait was measured when that batch began.
    var wasPutBack = false
    private var partitionNumber: Int32 = 0
    private var byteCount: UInt32 = 0
    private var attemptCount: Int32 = 0
    var offset = 0
    /// The place among the ready records of its partition; see ``ReadyRecords``.
    var rank = 0
    /// When the latest handler began.
    var since: UInt64 = 0
    private var links = Links()
    /// Tells apart the records that had this slot one after another; 0 for none.
    var life: UInt64 = 0

    // A record has one cache line: the poll thread and several workers touch it, one after another.
    private struct Links: Sendable {
        var lane = Int32(ScheduledLane.absent)
        var previousInLane = Int32(ScheduledLane.absent)
        var nextInLane = Int32(ScheduledLane.absent)
        var nextReady = Int32(ScheduledLane.absent)
    }

    init() {}

    init(partition: Int, offset: Int, bytes: Int, life: UInt64) {
        self.partition = partition
        self.offset = offset
        self.bytes = bytes
        self.life = life
        phase = .queued
    }

    var partition: Int {
        get { Int(partitionNumber) }
        set { partitionNumber = Int32(clamping: newValue) }
    }

    /// The bytes of the record, which are fewer than 4 GiB: Kafka gives the lengths of a key and a value as 32-bit
    /// signed numbers.
    var bytes: Int {
        get { Int(byteCount) }
        set { byteCount = UInt32(clamping: newValue) }
    }

    /// How many handlers have begun with the record.
    var attempts: Int {
        get { Int(attemptCount) }
        set { attemptCount = Int32(clamping: newValue) }
    }

    var lane: Int {
        get { Int(links.lane) }
        set { links.lane = Int32(clamping: newValue) }
    }

    var previousInLane: Int {
        get { Int(links.previousInLane) }
        set { links.previousInLane = Int32(clamping: newValue) }
    }

    var nextInLane: Int {
        get { Int(links.nextInLane) }
        set { links.nextInLane = Int32(clamping: newValue) }
    }

    var nextReady: Int {
        get { Int(links.nextReady) }
        set { links.nextReady = Int32(clamping: newValue) }
    }

    /// Whether one of its attempts has failed.
    var hasFailed: Bool { attempts > (phase == .running ? 1 : 0) }

    /// Whether the other records of its lane wait for it.
    var isBusy: Bool {
        switch phase {
        case .free, .queued, .ready: false
        case .running, .waiting, .leaving, .parked: true
        }
    }
}
