import BenchmarkSupport
import Foundation

/// Runs the candidates in rotation, each round with a new cluster. Prints their medians beside those of the C loop of
/// the same round.
func compare(records: Int, rounds: Int, names: [String]) throws {
    guard (1...Cluster.maximumRecords).contains(records), rounds > 0 else {
        throw Failure(description: "RECORDS must be from 1 to \(Cluster.maximumRecords), and ROUNDS must be at least 1")
    }
    let groups = [Candidate.producers, Candidate.consumers].map { group in
        group.filter { candidate in candidate.isFloor || names.isEmpty || names.contains { candidate.name.contains($0) }
        }
    }
    var measured: [String: [Measurement]] = [:]
    for _ in 0..<rounds {
        let cluster = try Cluster(records: records)
        defer { cluster.stop() }
        for candidate in groups.joined() {
            measured[candidate.name, default: []].append(try Run.measure(candidate, cluster, records: records))
        }
    }
    print(row("", "records/s", "× C", "± half range", "CPU ns", "× C", "peak MiB"))
    for group in groups {
        guard let floor = group.first.flatMap({ measured[$0.name] }) else { continue }
        for candidate in group {
            let runs = measured[candidate.name] ?? []
            let ratios = zip(runs, floor).map { $0.recordsPerSecond / $1.recordsPerSecond }
            let processor = zip(runs, floor).map { $0.processorNanoseconds / $1.processorNanoseconds }
            print(
                row(
                    candidate.name,
                    String(format: "%.0f", Rotation.median(runs.map(\.recordsPerSecond))),
                    String(format: "%.2f", Rotation.median(ratios)),
                    String(format: "%.2f", ((ratios.max() ?? 0) - (ratios.min() ?? 0)) / 2),
                    String(format: "%.0f", Rotation.median(runs.map(\.processorNanoseconds))),
                    String(format: "%.2f", Rotation.median(processor)),
                    String(format: "%.0f", Rotation.median(runs.map(\.peakMebibytes)))
                )
            )
        }
    }
}

private func row(_ name: String, _ columns: String...) -> String {
    name.padding(toLength: 44, withPad: " ", startingAt: 0)
        + columns.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
}
