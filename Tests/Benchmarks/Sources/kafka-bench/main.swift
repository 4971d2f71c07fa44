// Measures the cost of producing and consuming a record: each candidate runs between two C loops over librdkafka, and
// is printed as a ratio to them, with the median, the least and the greatest of the rounds.
//
//     swift run -c release --package-path Tests/Benchmarks kafka-bench [RECORDS=1000000] [ROUNDS=5] [NAME…]
//
// The broker is librdkafka's in-process cluster, in its own process. Each candidate also runs in its own process, so
// that its processor time and memory can be measured. A NAME selects the candidates whose names contain it.

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
