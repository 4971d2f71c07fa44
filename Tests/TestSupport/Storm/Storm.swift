import ContextPropagation
import Dispatch

/// Runs nested jobs from many contexts over random bridges. Each job checks its own identifiers.
///
/// Without the bridges the same jobs use the plain calls, and most of them then have wrong identifiers. The difference
/// of the times is the cost of the bridges.
package final class Storm: Sendable {
    private let isBridged: Bool
    private let queues = (0..<4).map { DispatchQueue(label: "storm-\($0)", attributes: $0 % 2 == 0 ? .concurrent : []) }
    private let pool: WorkerPool
    private let threads = ThreadPoolExecutor(threads: 2, name: "storm")
    private static let chains = 16
    private let wrong = Count()
    private let done = Count()

    package init(isBridged: Bool = true) {
        self.isBridged = isBridged
        // There are as many workers as chains, because no pool sees a job that waits over a bridge for another job of
        // that pool.
        pool = WorkerPool(name: "storm", workers: Self.chains) { $0.queueCapacity = 64 }
    }

    /// - Parameter jobs: The smallest number of jobs to run.
    /// - Returns: The number of jobs that have run, and the number of those with a wrong identifier.
    package func run(jobs: Int, contexts: Int, depth: Int, seed: UInt64) async throws -> (done: Int, wrong: Int) {
        let each = (jobs + contexts * depth - 1) / (contexts * depth)
        try await fanOut(0..<contexts, maxConcurrency: Self.chains) { number in
            let context = LogContext(traceID: .random(), executionID: "execution-\(number)", taskID: "task-\(number)")
            var random = SplitMix(state: seed &+ UInt64(number))
            for _ in 0..<each {
                var legs: [Leg] = []
                for _ in 0..<depth {
                    let way = Way.all.randomElement(using: &random) ?? .pool
                    legs.append(Leg(way: way, queue: self.queues.randomElement(using: &random) ?? .global()))
                }
                try await withLogContext(context) { [legs] in try await self.go(legs[...], context) }
            }
        }
        try await pool.shutdown()
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

    private struct Leg {
        let way: Way
        let queue: DispatchQueue
    }

    /// Follows one leg inside the previous one, and checks the context at each end.
    private func go(_ legs: ArraySlice<Leg>, _ context: LogContext) async throws {
        guard let leg = legs.first else { return }
        let rest = legs.dropFirst()
        switch leg.way {
        case .bridge(let bridge):
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                bridge.submit(to: leg.queue, bridged: isBridged) {
                    self.look(context)
                    // A task inherits the context in which it starts, whichever bridge led there.
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
        case .pool where isBridged:
            try await pool.perform { try await self.lookAndGo(rest, context) }
        case .fanOut where isBridged:
            try await ContextPropagation.fanOut(0..<1, maxConcurrency: 1) { _ in
                try await self.lookAndGo(rest, context)
            }
        case .executor where isBridged:
            try await threads.run { try await self.lookAndGo(rest, context) }
        case .pool, .fanOut, .executor:
            try await Task.detached { try await self.lookAndGo(rest, context) }.value
        case .concurrentPerform:
            if isBridged {
                DispatchQueue.concurrentPerformPropagatingContext(iterations: 1) { _ in look(context) }
            } else {
                DispatchQueue.concurrentPerform(iterations: 1) { _ in look(context) }
            }
            try await go(rest, context)
        }
    }

    private func lookAndGo(_ rest: ArraySlice<Leg>, _ context: LogContext) async throws {
        look(context)
        try await go(rest, context)
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
