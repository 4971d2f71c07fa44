import KafkaPropagationTesting
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// SIMULATION_SEED replays one schedule, and prints its steps if it fails. SIMULATION_SCHEDULES sets the number of
// schedules: a release build runs a million in some minutes.
@Suite("Simulated schedules of the parallel consumer", .timeLimit(.minutes(30)))
struct ParallelSimulationTests {
    @Test("No schedule loses a record, runs a key twice at once, breaks an order or commits ahead")
    func schedules() async throws {
        if let seed = variable("SIMULATION_SEED") {
            try ParallelSimulation(seed: seed).run()
            return
        }
        let count = variable("SIMULATION_SCHEDULES") ?? 2000
        let start = variable("SIMULATION_START") ?? 0
        let sum = try await withThrowingTaskGroup { group in
            for part in 0..<4 as Range<UInt64> {
                group.addTask {
                    var sum = Sum()
                    for number in stride(from: part, to: count, by: 4) {
                        sum.add(try ParallelSimulation(seed: start + number).run())
                    }
                    return sum
                }
            }
            return try await group.reduce(into: Sum()) { $0.add($1) }
        }
        print("\(count) schedules: \(sum)")
        guard count >= 1000 else { return }
        // Schedules in which nothing happens would prove nothing.
        #expect(sum.handledRecords > Int(count) * 10)
        #expect(sum.rebalances > Int(count))
        #expect(sum.crashes > 0 && sum.shutdowns > 0 && sum.lateResults > 0)
        #expect(sum.skippedAsFinished > 0 && sum.rewinds > 0 && sum.returns > 0 && sum.refusedMetadata > 0)
    }

    @Test("The same seed is the same schedule")
    func replay() throws {
        for seed in 0..<50 as Range<UInt64> {
            let first = try ParallelSimulation(seed: seed).run()
            let second = try ParallelSimulation(seed: seed).run()
            #expect(first == second)
        }
    }

    @Test("A handler of the user's own gets every record of the log", arguments: ParallelSimulation.Ordering.allCases)
    func ownHandler(_ ordering: ParallelSimulation.Ordering) throws {
        let configuration = ParallelSimulation.Configuration(ordering: ordering, steps: 60, failurePercentage: 0)
        for seed in UInt64(0)..<20 {
            var store = Set<String>()
            var failed = Set<String>()
            let report = try ParallelSimulation(seed: seed, configuration: configuration).run { record in
                let place = "\(record.partition)/\(record.offset)"
                // Each record fails once.
                if failed.insert(place).inserted { throw HandlerError() }
                store.insert(place)
            }
            #expect(!report.log.isEmpty && report.log.allSatisfy { $0.attempt == 0 })
            let unseen = report.log.filter { !store.contains("\($0.partition)/\($0.offset)") }
            #expect(unseen.isEmpty)
        }
    }

    @Test("A group whose handler always throws comes to rest", arguments: ParallelSimulation.Ordering.allCases)
    func throwingHandler(_ ordering: ParallelSimulation.Ordering) throws {
        let configuration = ParallelSimulation.Configuration(ordering: ordering, records: 100)
        for seed in UInt64(0)..<12 {
            let report = try ParallelSimulation(seed: seed, configuration: configuration).run { _ in
                throw HandlerError()
            }
            #expect(report.handledRecords >= report.log.count)
        }
    }

    @Test("The example of the documentation holds")
    func example() throws {
        for seed in UInt64(0)..<100 {
            var latest: [Int: Int] = [:]
            let simulation = ParallelSimulation(seed: seed, configuration: .init(failurePercentage: 0))
            let report = try simulation.run { record in
                latest[record.partition] = max(latest[record.partition] ?? 0, record.offset)
            }
            #expect(report.log.allSatisfy { latest[$0.partition] ?? -1 >= $0.offset })
        }
    }

    @Test("Senseless sizes give a schedule without records, not a trap")
    func senseless() throws {
        let configuration = ParallelSimulation.Configuration(steps: -5, records: -1, failurePercentage: 1000)
        let report = try ParallelSimulation(seed: .max, configuration: configuration).run()
        #expect(report.log.isEmpty && report.handledRecords == 0)
    }

    private struct HandlerError: Error {}

    private func variable(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}

/// The sum of many reports.
private struct Sum: Sendable {
    var records = 0
    var handledRecords = 0
    var crashes = 0
    var shutdowns = 0
    var rebalances = 0
    var lateResults = 0
    var skippedAsFinished = 0
    var rewinds = 0
    var returns = 0
    var refusedMetadata = 0

    mutating func add(_ report: ParallelSimulation.Report) {
        records += report.log.count
        handledRecords += report.handledRecords
        crashes += report.crashes
        shutdowns += report.shutdowns
        rebalances += report.rebalances
        lateResults += report.lateResults
        skippedAsFinished += report.skippedAsFinished
        rewinds += report.rewinds
        returns += report.returns
        refusedMetadata += report.refusedMetadata
    }

    mutating func add(_ other: Sum) {
        records += other.records
        handledRecords += other.handledRecords
        crashes += other.crashes
        shutdowns += other.shutdowns
        rebalances += other.rebalances
        lateResults += other.lateResults
        skippedAsFinished += other.skippedAsFinished
        rewinds += other.rewinds
        returns += other.returns
        refusedMetadata += other.refusedMetadata
    }
}
