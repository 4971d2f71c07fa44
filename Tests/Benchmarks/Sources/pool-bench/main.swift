// Measures the cost of a job in fanOut and in a WorkerPool, beside a plain TaskGroup in the same rounds. It then shows
// whether the use of memory grows.
//
//     swift run -c release --package-path Tests/Benchmarks pool-bench [JOBS=200000] [ROUNDS=7] [MEMORY_JOBS=10000000]
//     swift run -c release --package-path Tests/Benchmarks pool-bench only NAME JOBS

import BenchmarkSupport
import ContextPropagation
import Foundation
import Synchronization

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let jobs = arguments.first ?? 200_000
let rounds = arguments.dropFirst().first ?? 7
let memoryJobs = arguments.dropFirst(2).first ?? 10_000_000
let width = 8

let sum = Atomic<Int>(0)
let context = LogContext.newTrace(taskID: "bench")

var rotation = Rotation(operations: jobs)
rotation.add("TaskGroup, a child task for each job") { count in
    wait {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= width { await group.next() }
                group.addTask { sum.add(1, ordering: .relaxed) }
            }
        }
    }
}
rotation.add("fanOut, child context") { count in
    wait {
        try await withLogContext(context) {
            _ = try await fanOut(0..<count, maxConcurrency: width) { _ in _ = sum.add(1, ordering: .relaxed) }
        }
    }
}
for (name, execution) in [("tasks", WorkerPool.Execution.cooperative), ("threads", .threads)] {
    rotation.add("WorkerPool on \(name), child context") { count in
        wait {
            let pool = WorkerPool(name: "bench", workers: width) { $0.execution = execution }
            try await withLogContext(context) {
                for _ in 0..<count { try await pool.submit { sum.add(1, ordering: .relaxed) } }
            }
            try await pool.shutdown()
        }
    }
}
rotation.runOnly()
print(rotation.table(rounds: rounds))

/// Returns the resident memory of this process, in MiB.
func resident() -> Double {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
}

wait {
    let pool = WorkerPool(name: "memory", workers: width)
    for tenth in 1...10 {
        for _ in 0..<memoryJobs / 10 { try await pool.submit { sum.add(1, ordering: .relaxed) } }
        if tenth == 1 || tenth == 10 {
            print("after \(memoryJobs / 10 * tenth) jobs: \(String(format: "%.1f", resident())) MiB resident")
        }
    }
    try await pool.shutdown()
}
