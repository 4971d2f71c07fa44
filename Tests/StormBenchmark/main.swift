// The tests' storm as a benchmark: jobs from a thousand contexts over random bridges, nested three deep. Each job
// checks its own identifiers. Each round also runs the same jobs without bridges.
//
//     swift run -c release storm-bench [JOBS=1000000] [ROUNDS=5]
//
// The status is 1 if a bridged job had a wrong identifier.

import Foundation
import TestSupport

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let jobs = numbers.first ?? 1_000_000
let rounds = max(1, numbers.dropFirst().first ?? 5)

/// Runs the storm once. Returns the nanoseconds for a job and the counts.
func storm(isBridged: Bool) async throws -> (nanoseconds: Double, done: Int, wrong: Int) {
    let clock = ContinuousClock()
    let start = clock.now
    let (done, wrong) = try await Storm(isBridged: isBridged).run(jobs: jobs, contexts: 1_000, depth: 3, seed: 1)
    return (start.duration(to: clock.now) / .nanoseconds(1) / Double(max(done, 1)), done, wrong)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

var times = (bare: [Double](), bridged: [Double]())
var bare = (done: 0, wrong: 0)
var bridged = (done: 0, wrong: 0)
for _ in 0..<rounds {
    let first = try await storm(isBridged: false)
    times.bare.append(first.nanoseconds)
    bare = (bare.done + first.done, bare.wrong + first.wrong)

    let second = try await storm(isBridged: true)
    times.bridged.append(second.nanoseconds)
    bridged = (bridged.done + second.done, bridged.wrong + second.wrong)
}
let ratio = median(zip(times.bridged, times.bare).map { $0 / $1 })
print(
    String(
        format: "bare calls: %.0f ns for each job; bridges: %.0f ns, ratio %.3f",
        median(times.bare),
        median(times.bridged),
        ratio
    )
)
print("bare calls: \(bare.wrong) of \(bare.done) jobs with wrong identifiers")
print("bridges: \(bridged.wrong) of \(bridged.done) jobs with wrong identifiers")
exit(bridged.wrong == 0 && bridged.done > 0 ? 0 : 1)
