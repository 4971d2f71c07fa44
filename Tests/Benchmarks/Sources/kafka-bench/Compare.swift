import BenchmarkSupport
import Foundation

/// One run of a candidate, and the mean of the C loops that ran just before and just after it.
private struct Pair {
    let own: Measurement
    let floor: Measurement

    /// How many records a second the candidate handles for each one of the C loop.
    var speed: Double { own.recordsPerSecond / floor.recordsPerSecond }
    /// How much processor time a record takes for each nanosecond of the C loop.
    var processor: Double { own.processorNanoseconds / floor.processorNanoseconds }
}

/// Runs each candidate between two runs of the C loop, in rounds, each with a new cluster. Prints the medians, and the
/// ratios to the C loops with their least and greatest value.
func compare(records: Int, rounds: Int, names: [String]) throws {
    guard (1...Cluster.maximumRecords).contains(records), rounds > 0 else {
        throw Failure(description: "RECORDS must be from 1 to \(Cluster.maximumRecords), and ROUNDS must be at least 1")
    }
    let groups = [Candidate.producers, Candidate.consumers].map { group in
        (floor: group[0], others: group.dropFirst().filter { $0.isSelected(by: names) })
    }.filter { !$0.others.isEmpty }
    if groups.isEmpty { throw Failure(description: "no candidate has such a name; without names, all of them run") }
    var pairs: [String: [Pair]] = [:]
    var floors: [String: [Measurement]] = [:]
    for _ in 0..<rounds {
        let cluster = try Cluster(records: records)
        defer { cluster.stop() }
        for (floor, others) in groups {
            var before = try Run.measure(floor, cluster, records: records)
            floors[floor.name, default: []].append(before)
            for candidate in others {
                let own = try Run.measure(candidate, cluster, records: records)
                let after = try Run.measure(floor, cluster, records: records)
                floors[floor.name, default: []].append(after)
                pairs[candidate.name, default: []].append(Pair(own: own, floor: .mean(before, after)))
                before = after
            }
        }
    }
    print(row("", "records/s", "× C", "least", "greatest", "CPU ns", "× C", "peak MiB"))
    for (floor, others) in groups {
        let runs = floors[floor.name] ?? []
        let median = Rotation.median(runs.map(\.recordsPerSecond))
        let ratios = runs.map { $0.recordsPerSecond / median }
        print(row(floor.name, runs, speeds: ratios, processor: 1))
        for candidate in others {
            let runs = pairs[candidate.name] ?? []
            print(
                row(
                    candidate.name,
                    runs.map(\.own),
                    speeds: runs.map(\.speed),
                    processor: Rotation.median(runs.map(\.processor))
                )
            )
        }
    }
}

private func row(_ name: String, _ runs: [Measurement], speeds: [Double], processor: Double) -> String {
    row(
        name,
        String(format: "%.0f", Rotation.median(runs.map(\.recordsPerSecond))),
        String(format: "%.2f", Rotation.median(speeds)),
        String(format: "%.2f", speeds.min() ?? .nan),
        String(format: "%.2f", speeds.max() ?? .nan),
        String(format: "%.0f", Rotation.median(runs.map(\.processorNanoseconds))),
        String(format: "%.2f", processor),
        String(format: "%.0f", Rotation.median(runs.map(\.peakMebibytes)))
    )
}

private func row(_ name: String, _ columns: String...) -> String {
    name.padding(toLength: 44, withPad: " ", startingAt: 0)
        + columns.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
}
