internal import KafkaPropagation

/// A test of handlers against the parallel consumer's logic: a model of a broker, a consumer group and a clock runs in
/// an order that only the seed decides.
///
/// Use it to see how your handler copes with repeats, rebalances and crashes. For a test with real messages, use
/// ``EmbeddedKafka`` instead.
///
///     for seed in UInt64(0)..<1_000 {
///         var latest: [Int: Int] = [:]   // by partition, the highest offset
///         let simulation = ParallelSimulation(seed: seed, configuration: .init(failurePercentage: 0))
///         let report = try simulation.run { record in
///             latest[record.partition] = max(latest[record.partition] ?? 0, record.offset)
///         }
///         for record in report.log { assert(latest[record.partition] ?? -1 >= record.offset) }
///     }
///
/// A schedule moves partitions between members with and without notice, and kills, stops and restarts members. It cuts
/// logs off and uses their offsets again, leaves gaps between offsets, fails handlers, commits and dead letters, and
/// lets results come late. At the end it lets everything succeed until the group comes to rest.
///
/// The simulation checks the promises of the parallel consumer after every step, and throws a ``SimulationFailure`` for
/// a broken one:
///
/// - Every record of the log is handled, skipped, or sent as a dead letter.
/// - No two records of a key run at once in a member, and the records of a key begin in order.
/// - No commit passes a record that is not handled, and no record is handled again that a commit says is finished.
/// - At most `maxConcurrency` handlers run in a member.
/// - The number and the bytes of the records in memory are bounded, and nothing is left at the end.
public struct ParallelSimulation {
    /// Which records wait for each other.
    public enum Ordering: CaseIterable, Sendable {
        /// Records with the same key wait for each other. Records without a key wait for none, or for each other: the
        /// seed decides.
        case key
        /// Records of the same partition wait for each other.
        case partition
        /// No record waits for another one.
        case unordered
    }

    /// The sizes of a simulation. Small ones find more in the same time.
    public struct Configuration: Sendable {
        /// Which records wait for each other; nil to let the seed choose.
        public var ordering: Ordering?
        /// How many steps run before the group comes to rest.
        public var steps: Int
        /// How many records there are at the start.
        public var records: Int
        /// The chance in percent that an attempt fails although the handler threw no error. Such a record is handled
        /// again, skipped, or sent as a dead letter.
        public var failurePercentage: Int

        /// - Parameters:
        ///   - ordering: Which records wait for each other; nil, the default, lets the seed choose.
        ///   - steps: How many steps run before the group comes to rest; 150 by default. A negative number counts as 0.
        ///   - records: How many records there are at the start; 24 by default. A negative number counts as 0.
        ///   - failurePercentage: The chance in percent that an attempt fails although the handler threw no error; 15
        ///     by default. Half of the schedules have no such failures, because they reach other states in the same
        ///     steps. Pass 0 if your test expects that the handler succeeds with every record.
        public init(ordering: Ordering? = nil, steps: Int = 150, records: Int = 24, failurePercentage: Int = 15) {
            self.ordering = ordering
            self.steps = steps
            self.records = records
            self.failurePercentage = failurePercentage
        }
    }

    /// The events of a schedule.
    public struct Report: Hashable, Sendable {
        /// A report without events.
        public init() {}

        /// The records of the log at the end, by partition and offset. A record's attempt is 0 here.
        public var log: [SimulatedRecord] = []
        /// Records whose handler succeeded, or that were skipped or became dead letters. A record that is handled again
        /// counts again.
        public var handledRecords = 0
        /// Members that were killed.
        public var crashes = 0
        /// Members that were stopped in an orderly way.
        public var shutdowns = 0
        /// Partitions that were assigned.
        public var rebalances = 0
        /// Results that came after their partition was lost.
        public var lateResults = 0
        /// Records that a member did not repeat because the commit's metadata says that they are finished.
        public var skippedAsFinished = 0
        /// Commits that the broker refused because their metadata is too long for it.
        public var refusedMetadata = 0
        /// Times that offsets came again and the reader was sought back.
        public var rewinds = 0
        /// Times that the reader went back to records of a failing key that had left the memory.
        public var returns = 0
    }

    let seed: UInt64
    let configuration: Configuration
    let ordering: Ordering
    let limits: ParallelLimits
    let isSerialWithoutKey: Bool
    let failures: Int
    var random: SimulationRandom
    var broker: SimulatedBroker
    var members: [SimulatedMember]
    var now: UInt64 = 1
    var step = 0
    var report = Report()
    var trail: [String] = []
    let isTraced: Bool

    /// - Parameters:
    ///   - seed: The number that decides the schedule. The same seed and configuration give the same schedule.
    ///   - configuration: The sizes.
    public init(seed: UInt64, configuration: Configuration = Configuration()) {
        self.init(seed: seed, configuration: configuration, isTraced: false)
    }

    init(seed: UInt64, configuration: Configuration, isTraced: Bool) {
        var random = SimulationRandom(seed: seed)
        self.seed = seed
        self.configuration = configuration
        self.isTraced = isTraced
        ordering = configuration.ordering ?? Ordering.allCases[random.below(3)]
        limits = ParallelLimits(
            maxConcurrency: 1 + random.below(5),
            batch: random.chance(30) ? 1 + random.below(4) : 1,
            records: 1 + random.below(30),
            bytes: random.chance(30) ? 30 : 1000
        )
        isSerialWithoutKey = random.chance(30)
        failures = random.chance(50) ? configuration.failurePercentage : 0
        // The seed gives it without a draw, so that the schedules of all seeds stay what they are.
        let metadataLimit = seed % 4 == 0 ? Int(seed / 4 % 50) : CommitMetadata.maximumBytes
        broker = SimulatedBroker(partitions: 1 + random.below(3), metadataLimit: metadataLimit)
        members = (0..<1 + random.below(3)).map { [limits] _ in SimulatedMember(limits) }
        let keys = 1 + random.below(6)
        for _ in 0..<max(0, configuration.records) { Self.append(to: &broker, keys: keys, &random) }
        self.random = random
    }

    static func append(to broker: inout SimulatedBroker, keys: Int, _ random: inout SimulationRandom) {
        let partition = random.below(broker.partitions.count)
        let gap = random.chance(20) ? 1 + random.below(6) : 0
        broker.append(to: partition, key: random.chance(15) ? nil : random.below(keys), gap: gap)
        if random.chance(5) { broker.addGapAtEnd(partition, 1) }
    }

    /// Runs the schedule.
    ///
    /// If a promise is broken, the schedule runs a second time to record its steps, and calls the handler again.
    ///
    /// - Parameter handler: A closure that is called for each record of a handler that ends. An error makes the handler
    ///   fail: its records are handled again, and become dead letters after 20 attempts in one member. The default does
    ///   nothing.
    /// - Returns: The events of the schedule.
    /// - Throws: ``SimulationFailure`` if a promise is broken.
    @discardableResult
    public consuming func run(
        handler: (SimulatedRecord) throws -> Void = { _ in }
    ) throws(SimulationFailure) -> Report {
        let (seed, configuration, isTraced) = (seed, configuration, isTraced)
        do throws(SimulationFailure) {
            for _ in 0..<max(0, self.configuration.steps) {
                step += 1
                try perform(handler)
                try checkBounds()
            }
            try comeToRest(handler)
        } catch {
            if isTraced { throw error }
            _ = try ParallelSimulation(seed: seed, configuration: configuration, isTraced: true).run(
                handler: handler
            )
            throw error
        }
        report.log = broker.partitions.flatMap(\.records)
        report.handledRecords = broker.handledRecords
        for member in members { count(member) }
        return report
    }

    mutating func count(_ member: SimulatedMember) {
        report.lateResults += member.state.counts.late
        report.skippedAsFinished += member.state.counts.skippedAsFinished
        report.rewinds += member.state.counts.rewinds
    }

    func failure(_ fault: String) -> SimulationFailure {
        SimulationFailure(seed: seed, step: step, fault: fault, trail: trail)
    }

    mutating func note(_ text: @autoclosure () -> String) {
        guard isTraced else { return }
        trail.append("\(step): \(text())")
        if trail.count > 60 { trail.removeFirst() }
    }
}
