import ContextPropagation
import Dispatch
import Foundation
import Synchronization
import Testing

/// Jobs from many contexts over every bridge at random, nested, each asserting its own identifiers.
final class Storm: Sendable {
    private let queues = (0..<4).map { DispatchQueue(label: "storm-\($0)", attributes: $0 % 2 == 0 ? .concurrent : []) }
    private let pool: WorkerPool
    private let threads = ThreadPoolExecutor(threads: 2, name: "storm")
    private let wrong = Count()
    private let done = Count()

    init() {
        pool = WorkerPool(name: "storm", workers: 4) { $0.queueCapacity = 64 }
    }

    /// - Returns: How many jobs have run and how many of them had a wrong identifier.
    func run(jobs: Int, contexts: Int, depth: Int, seed: UInt64) async throws -> (done: Int, wrong: Int) {
        let each = jobs / (contexts * depth)
        try await fanOut(0..<contexts, maxConcurrency: 16) { number in
            let context = LogContext(traceID: .random(), executionID: "execution-\(number)", taskID: "task-\(number)")
            var random = SplitMix(state: seed &+ UInt64(number))
            for _ in 0..<each {
                var ways: [Way] = []
                for _ in 0..<depth { ways.append(Way.all.randomElement(using: &random) ?? .pool) }
                try await withLogContext(context) { try await self.go(ways[...], context) }
            }
        }
        try await pool.drain()
        return (done.value, wrong.value)
    }

    private enum Way {
        case bridge(Bridge)
        case pool
        case fanOut
        case executor
        case concurrentPerform

        static let all: [Way] = Bridge.allCases.map(Way.bridge) + [.pool, .fanOut, .executor, .concurrentPerform]
    }

    /// Goes one way after the other, each inside the one before, and looks at each end.
    private func go(_ ways: ArraySlice<Way>, _ context: LogContext) async throws {
        guard let way = ways.first else { return }
        let rest = ways.dropFirst()
        switch way {
        case .bridge(let bridge):
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                bridge.submit(to: queues[context.hash % queues.count]) {
                    self.look(context)
                    // A task takes on the context of the place where it starts, whichever bridge led there.
                    Task {
                        do {
                            try await self.go(rest, context)
                            continuation.resume()
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    }
                }
            }
        case .pool:
            try await pool.perform {
                self.look(context)
                try await self.go(rest, context)
            }
        case .fanOut:
            try await ContextPropagation.fanOut(0..<1, maxConcurrency: 1) { _ in
                self.look(context)
                try await self.go(rest, context)
            }
        case .executor:
            try await threads.run {
                self.look(context)
                try await self.go(rest, context)
            }
        case .concurrentPerform:
            DispatchQueue.concurrentPerformPropagatingContext(iterations: 1) { _ in self.look(context) }
            try await go(rest, context)
        }
    }

    private func look(_ context: LogContext) {
        let current = LogContext.current
        let isRight =
            current.traceID == context.traceID && current.executionID == context.executionID
            && current.taskID == context.taskID
        if !isRight { wrong.add() }
        done.add()
    }
}

extension LogContext {
    fileprivate var hash: Int { Int((traceID?.low ?? 0) & 0xFFFF) }
}

@Suite("Storm")
struct StormTests {
    @Test(
        "A million jobs from a thousand contexts over every bridge at random, three deep: none with a wrong identifier"
    )
    func storm() async throws {
        let jobs = stormJobs
        let (done, wrong) = try await Storm().run(jobs: jobs, contexts: 1_000, depth: 3, seed: 20_261_124)
        #expect(wrong == 0)
        #expect(done == jobs / 3_000 * 3_000)
    }
}

/// Fewer where a sanitizer slows each of them down.
private let stormJobs =
    ProcessInfo.processInfo.environment["MA_LOGGER_STORM_JOBS"].flatMap { Int($0) } ?? 1_000_000
