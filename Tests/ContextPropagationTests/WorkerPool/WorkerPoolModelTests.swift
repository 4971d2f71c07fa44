import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Worker pools: random schedules of a model", .timeLimit(.minutes(10)))
struct WorkerPoolModelTests {
    @Test(
        "Jobs of several pools wait for each other: the bound holds, nothing hangs, and each job ends once",
        arguments: 0..<16
    )
    func anySchedule(group: UInt64) {
        var reached = 0
        for seed in group * 25..<(group + 1) * 25 {
            var random = SplitMix(state: seed &* 7919 &+ 1)
            let sizes = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (workers: Int.random(in: 1...3, using: &random), capacity: Int.random(in: 0...3, using: &random))
            }
            let model = WorkerPoolModel(seed: seed, pools: sizes)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                model.add(steps(4, inside: [], sizes.count, &random))
            }
            model.run()
            #expect(model.fault == nil, "seed \(seed)")
            #expect(model.tasks.isEmpty, "seed \(seed): tasks hang")
            for pool in sizes.indices { model.end(model.pools[pool].drain(), of: pool) }
            model.run()
            #expect(model.fault == nil, "seed \(seed)")
            #expect(model.endings.allSatisfy { $0 == 1 }, "seed \(seed): a pool did not end")
            #expect(model.jobs.allSatisfy { $0.ends == 1 && $0.begun <= 1 }, "seed \(seed): a job did not end once")
            reached += zip(model.most, sizes).count { $0 == $1.workers }
        }
        // The schedules use the whole bound, instead of running fewer jobs than it allows.
        #expect(reached > 25)
    }

    /// Makes a random program. A job waits only for the end of pools after its own. Pools whose jobs wait for each
    /// other's end never end.
    private func steps(_ depth: Int, inside: [Int], _ pools: Int, _ random: inout SplitMix) -> [WorkerPoolModel.Step] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ -> WorkerPoolModel.Step in
            let pool = Int.random(in: 0..<pools, using: &random)
            let choice = Int.random(in: 0..<100, using: &random)
            guard depth > 0 else { return choice < 90 ? .work : .join }
            switch choice {
            case 0..<15: return .work
            case 15..<50: return .perform(pool: pool, steps(depth - 1, inside: inside + [pool], pools, &random))
            case 50..<68: return .submit(pool: pool, steps(depth - 1, inside: inside + [pool], pools, &random))
            case 68..<78: return .join
            case 78..<88:
                return .children(
                    (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        steps(depth - 1, inside: inside, pools, &random)
                    }
                )
            case 88..<91: return .leaveBehind(steps(depth - 1, inside: inside, pools, &random))
            case 91..<95: return .cancelAny
            default:
                guard pool > inside.max() ?? -1 else { return .work }
                return choice < 98 ? .shutdown(pool: pool) : .abort(pool: pool)
            }
        }
    }
}
