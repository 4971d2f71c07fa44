// Measures lines beside a C loop that writes the same bytes without a library.
//
//     swift run -c release --package-path Tests/Benchmarks log-bench [LINES=300000] [ROUNDS=9]
//     swift run -c release --package-path Tests/Benchmarks log-bench only NAME LINES
//
// Lines go to /dev/null; the table goes to stdout. The second form logs lines of one kind and prints nothing; the
// script `gates` runs it under Valgrind.
//
// All measurements run in a second thread, because a service has threads. Until a process starts its second thread,
// glibc's write skips its bookkeeping for cancellation. The C loop would then look a fifth faster than it is in any
// service.

import BenchmarkSupport
import CBenchmark
import Foundation
import MALogger

let terminal = dup(1)
let null = open("/dev/null", O_WRONLY)
dup2(null, 1)
setenv("SERVICE_NAME", "video-worker", 1)

func report(_ text: String) {
    (text + "\n").withCString { _ = write(terminal, $0, strlen($0)) }
}

@Sendable
func floor(_ count: Int) { cbenchmark_floor(null, count) }

func nanosecondsOfFloor(_ lines: Int) -> Double {
    floor(lines / 10)
    let start = DispatchTime.now().uptimeNanoseconds
    floor(lines)
    return Double(DispatchTime.now().uptimeNanoseconds - start) / Double(lines)
}

let arguments = CommandLine.arguments.dropFirst()
let isOnly = arguments.first == "only"
let numbers = arguments.compactMap { Int($0) }
let lines = numbers.first ?? 300_000
let rounds = numbers.dropFirst().first ?? 9
let alone = isOnly ? 0 : nanosecondsOfFloor(lines)

setupLogging()

/// Logs in a context that has the IDs of the C loop's line.
@Sendable
func logged(_ count: Int, _ variant: Lines.Variant) {
    let identifiers = LogContext(
        correlationID: "0af7651916cd43dd8448eb211c80319c",
        executionID: "V1StGXR8_Z5jdHi6B-myTq",
        taskID: "inference-3"
    )
    let context =
        variant.hasSpan
        ? LogContext.newTrace(executionID: "V1StGXR8_Z5jdHi6B-myTq", taskID: "inference-3") : identifiers
    LogContext.$current.withValue(context) { variant.log(count) }
}

let work = Thread {
    if isOnly {
        let name = arguments.dropFirst().first ?? ""
        if name == "C floor" {
            floor(lines)
        } else if let variant = Lines.variants.first(where: { $0.name == name }) {
            logged(lines, variant)
        } else {
            FileHandle.standardError.write(
                Data("no line is named \(name); choose from \(Lines.variants.map(\.name))\n".utf8)
            )
            exit(2)
        }
        exit(0)
    }
    var pairs = Pairs(operations: lines, floor: floor)
    for variant in Lines.variants { pairs.add(variant.name) { logged($0, variant) } }
    report(pairs.table(rounds: rounds))
    report(String(format: "The floor of this program before its first thread, for comparison: %.1f ns", alone))
    exit(0)
}
work.start()
while true { sleep(1000) }
