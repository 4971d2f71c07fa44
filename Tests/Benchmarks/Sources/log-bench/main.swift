// What a line costs, beside a C loop that writes the same bytes by hand, in the same rounds.
//
//     swift run -c release --package-path Tests/Benchmarks log-bench [LINES=1000000] [ROUNDS=9]
//
// Lines go to /dev/null; the table goes to stdout.

import BenchmarkSupport
import CBenchmark
import Foundation
import MALogger

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let lines = arguments.first ?? 1_000_000
let rounds = arguments.dropFirst().first ?? 9

let terminal = dup(1)
let null = open("/dev/null", O_WRONLY)
dup2(null, 1)
setenv("SERVICE_NAME", "video-worker", 1)
setupLogging()

let context = LogContext(
    correlationID: "0af7651916cd43dd8448eb211c80319c",
    executionID: "V1StGXR8_Z5jdHi6B-myTq",
    taskID: "inference-3"
)
var rotation = Rotation(operations: lines)
rotation.add("C floor, three fields") { cbenchmark_floor(null, $0) }
for (name, body) in Lines.variants {
    rotation.add(name) { count in LogContext.$current.withValue(context) { body(count) } }
}
let table = rotation.table(rounds: rounds) + "\n"
table.withCString { _ = write(terminal, $0, strlen($0)) }
