// Measures the cost of reading a context from headers and of writing one into them, beside librdkafka's own cost of a
// header.
//
//     swift run -c release --package-path Tests/Benchmarks codec-bench [OPERATIONS=1000000] [ROUNDS=9] [NAME]
//     swift run -c release --package-path Tests/Benchmarks codec-bench only NAME OPERATIONS
//
// NAME selects the rows whose names begin with it. BENCH_PEERS contains the commands of peers, separated by semicolons:
// "python3 Tests/Benchmarks/Peers/otel-python.py;./otel-cpp". The peers extract and inject one header in the same
// rounds.

import BenchmarkSupport
import CHeaderFloor
import Foundation

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let operations = arguments.first ?? 1_000_000
let rounds = arguments.dropFirst().first ?? 9

var rotation = Rotation(operations: operations)
rotation.add("C: traceparent parsed by hand") { sink(Int(bitPattern: cheaderfloor_parse($0))) }
rotation.add("librdkafka: one header added") { cheaderfloor_add($0) }
rotation.add("librdkafka: one of three found") { cheaderfloor_find($0) }
let isOnly = CommandLine.arguments.dropFirst().first == "only"
let prefix = isOnly ? "" : CommandLine.arguments.dropFirst(3).first ?? ""
for (name, body) in Extractions.all + Injections.all where name.hasPrefix(prefix) { rotation.add(name, body) }
for command in (ProcessInfo.processInfo.environment["BENCH_PEERS"] ?? "").split(separator: ";") {
    let peer = try Peer(String(command))
    for operation in ["extract", "inject"] {
        rotation.add("\(peer.name): \(operation)") { peer.perform(operation, $0) }
    }
}
rotation.runOnly()
print(rotation.table(rounds: rounds))
