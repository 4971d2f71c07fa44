// Measures lines beside a C loop that writes the same bytes without a library.
//
//     swift run -c release --package-path Tests/Benchmarks log-bench [LINES=300000] [ROUNDS=9]
//     swift run -c release --package-path Tests/Benchmarks log-bench kinds|sinks [LINES] [ROUNDS]
//     swift run -c release --package-path Tests/Benchmarks log-bench sink null|pipe|file direct|buffered LINES ROUNDS
//     swift run -c release --package-path Tests/Benchmarks log-bench only NAME LINES
//
// The first form prints both tables: the kinds of line, and the sinks. The second form prints one of them. For the
// table of sinks, the program runs itself once for each sink in the third form, because a process has one standard
// output and one setting of LOG_BUFFER. The last form logs lines of one kind and prints nothing; the script `gates`
// runs it under Valgrind.
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

@Sendable
func report(_ text: String) {
    (text + "\n").withCString { _ = write(terminal, $0, strlen($0)) }
}

@Sendable
func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(2)
}

@Sendable
func floor(_ count: Int) { cbenchmark_floor(null, count) }

func nanosecondsOfFloor(_ lines: Int) -> Double {
    floor(lines / 10)
    let start = DispatchTime.now().uptimeNanoseconds
    floor(lines)
    return Double(DispatchTime.now().uptimeNanoseconds - start) / Double(lines)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let form = arguments.first.flatMap { Int($0) == nil ? $0 : nil } ?? "all"
let numbers = arguments.compactMap { Int($0) }
let lines = numbers.first ?? 300_000
let rounds = numbers.dropFirst().first ?? 9
guard ["all", "kinds", "sinks", "sink", "only"].contains(form), lines > 0, rounds > 0 else {
    fail("The arguments are at the start of Sources/log-bench/main.swift.")
}

let sinks = form == "sink" ? makeSinks() : nil
sinks?.open()

@Sendable
func makeSinks() -> Sinks {
    guard arguments.count == 5, let target = Sinks.Target(rawValue: arguments[1]),
        let mode = Sinks.Mode(rawValue: arguments[2])
    else { fail("The arguments are at the start of Sources/log-bench/main.swift.") }
    return Sinks(target: target, mode: mode, lines: lines, rounds: rounds) { logged($0, Lines.variants[0]) }
}

let alone = form == "all" || form == "kinds" ? nanosecondsOfFloor(lines) : 0

setupLogging()

/// Logs in a context that has the IDs of the C loop's line. A trace of 32 hex digits would have a span, which the C
/// loop does not write.
@Sendable
func logged(_ count: Int, _ variant: Lines.Variant) {
    let identifiers = LogContext(
        correlationID: "order-0af7651916cd43dd8448eb211c",
        executionID: "V1StGXR8_Z5jdHi6B-myTq",
        taskID: "inference-3"
    )
    let context =
        variant.hasSpan
        ? LogContext.newTrace(executionID: "V1StGXR8_Z5jdHi6B-myTq", taskID: "inference-3") : identifiers
    LogContext.$current.withValue(context) { variant.log(count) }
}

@Sendable
func runOnly(_ name: String) {
    if name == "C floor" {
        floor(lines)
    } else if let variant = Lines.variants.first(where: { $0.name == name }) {
        logged(lines, variant)
    } else {
        fail("no line is named \(name); choose from \(Lines.variants.map(\.name))")
    }
}

@Sendable
func measureKinds() {
    var pairs = Pairs(operations: lines, floor: floor)
    for variant in Lines.variants { pairs.add(variant.name) { logged($0, variant) } }
    report(pairs.table(rounds: rounds))
    report(String(format: "The floor of this program before its first thread, for comparison: %.1f ns", alone))
}

@Sendable
func measureSinks() {
    report("\n" + Sinks.header)
    for target in Sinks.Target.allCases {
        for mode in Sinks.Mode.allCases {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            process.arguments = ["sink", target.rawValue, mode.rawValue, String(lines), String(rounds)]
            process.standardOutput = FileHandle(fileDescriptor: terminal)
            do { try process.run() } catch { fail("cannot run this program again: \(error)") }
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { exit(1) }
        }
    }
}

let work = Thread {
    switch form {
    case "only": runOnly(arguments.dropFirst().first ?? "")
    case "sink": report(sinks?.table() ?? "")
    default:
        if form != "sinks" { measureKinds() }
        if form != "kinds" { measureSinks() }
    }
    exit(0)
}
work.start()
while true { sleep(1000) }
