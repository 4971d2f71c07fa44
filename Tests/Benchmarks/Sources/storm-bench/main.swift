// The tests' storm as a benchmark: jobs from a thousand contexts over every bridge at random, nested three deep, each
// looking at its own identifiers; beside the same jobs by the bare calls, in the same rounds.
//
//     swift run -c release --package-path Tests/Benchmarks storm-bench [JOBS=1000000] [ROUNDS=5]
//
// Ends with 1 where a bridged job had a wrong identifier.

import BenchmarkSupport
import Foundation

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let jobs = arguments.first ?? 1_000_000
let rounds = arguments.dropFirst().first ?? 5

let bare = (done: Count(), wrong: Count())
let bridged = (done: Count(), wrong: Count())

var rotation = Rotation(operations: jobs)
for (name, isBridged, counts) in [("bare calls", false, bare), ("bridges", true, bridged)] {
    rotation.add(name) { count in
        wait {
            let (done, wrong) = try await Storm(isBridged: isBridged).run(
                jobs: count,
                contexts: 1_000,
                depth: 3,
                seed: 1
            )
            counts.done.add(done)
            counts.wrong.add(wrong)
        }
    }
}
print(rotation.table(rounds: rounds))
print("bare calls: \(bare.wrong.value) of \(bare.done.value) jobs with wrong identifiers")
print("bridges: \(bridged.wrong.value) of \(bridged.done.value) jobs with wrong identifiers")
exit(bridged.wrong.value == 0 && bridged.done.value > 0 ? 0 : 1)
