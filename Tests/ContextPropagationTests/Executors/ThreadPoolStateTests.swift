import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Pool of threads: the state", .timeLimit(.minutes(10)))
struct ThreadPoolStateTests {
    private enum Thread: Equatable {
        /// It has work to do, or has been started, and asks for a job next.
        case awake
        /// It was woken, and asks for a job next.
        case woken
        case asleep
        case ended
    }

    @Test("Under any schedule each job runs once and in order, no job waits while all threads sleep", arguments: 0..<50)
    func anySchedule(seed: UInt64) {
        var random = SplitMix(state: seed)
        var state = ThreadPoolState<Int>()
        var threads = [Thread](repeating: .awake, count: Int.random(in: 1...5, using: &random))
        var added = 0
        var run: [Int] = []

        func wake() {
            guard let sleeper = threads.firstIndex(of: .asleep) else {
                Issue.record("seed \(seed): woke a thread that does not sleep")
                return
            }
            threads[sleeper] = .woken
        }
        func ask(_ thread: Int) {
            let turn = state.next(isSearching: threads[thread] == .woken)
            threads[thread] = .awake
            switch turn.step {
            case .run(let job): run.append(job)
            case .sleep: threads[thread] = .asleep
            case .end: threads[thread] = .ended
            }
            if turn.wakesAnother { wake() }
        }
        for _ in 0..<1_000 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                if state.add(added) { wake() }
                added += 1
            } else {
                let thread = Int.random(in: threads.indices, using: &random)
                if threads[thread] != .asleep { ask(thread) }
            }
            #expect(state.sleeping == threads.count { $0 == .asleep })
            #expect(
                state.count == 0 || threads.contains { $0 == .awake || $0 == .woken },
                "seed \(seed): a job waits for a thread that nobody wakes"
            )
            #expect(
                state.count == 0 || state.sleeping == 0 || threads.contains(.woken),
                "seed \(seed): a job waits although a thread sleeps and none searches"
            )
        }
        for _ in 0..<state.stop() { wake() }
        while let thread = threads.firstIndex(where: { $0 != .ended }) {
            guard threads[thread] != .asleep else {
                Issue.record("seed \(seed): a thread sleeps for ever")
                return
            }
            ask(thread)
        }
        #expect(run == Array(0..<added))
    }
}
