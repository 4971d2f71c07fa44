// What a record costs to produce and to consume, beside C loops over librdkafka in the same rounds.
//
//     swift run -c release --package-path Tests/Benchmarks kafka-bench [RECORDS=1000000] [ROUNDS=5] [NAME…]
//
// The broker is librdkafka's in-process cluster, in a process of its own. Each candidate runs in a process of its own,
// so that its processor time and its memory are its own. A NAME keeps the candidates whose name contains it; the C
// loops always run.

import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case Cluster.flag:
    try Cluster.serve(Array(arguments.dropFirst()))
case Run.flag:
    try Run(Array(arguments.dropFirst())).perform()
default:
    let numbers = arguments.prefix { Int($0) != nil }.compactMap { Int($0) }
    try compare(
        records: numbers.first ?? 1_000_000,
        rounds: numbers.dropFirst().first ?? 5,
        names: Array(arguments.dropFirst(numbers.count))
    )
}
