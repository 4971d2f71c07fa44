import Foundation
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Fork-safe mutex", .timeLimit(.minutes(10)))
struct ForkSafeMutexTests {
    private final class Shared: Sendable {
        let counter: ForkSafeMutex<Int>
        let ends = ForkSafeMutex(0, isHeldOverFork: false)
        let end = Promise<Int>()

        init(isHeldOverFork: Bool) {
            counter = ForkSafeMutex(0, isHeldOverFork: isHeldOverFork)
        }
    }

    @Test("Of many threads that wait for each other, none sleeps for ever and none is lost", arguments: [false, true])
    func everyThreadIsWoken(isHeldOverFork: Bool) async {
        let shared = Shared(isHeldOverFork: isHeldOverFork)
        let (threads, turns) = (16, 1000)
        for thread in 0..<threads {
            let isStarted = NamedThread.start("mutex-\(thread)") {
                var random = SplitMix(state: UInt64(thread))
                for _ in 0..<turns {
                    // A holder that sleeps makes the others stop spinning and sleep too.
                    let isLong = Int.random(in: 0..<50, using: &random) == 0
                    shared.counter.withLock { counter in
                        let before = counter
                        if isLong { usleep(50) }
                        counter = before + 1
                    }
                }
                let count = shared.ends.withLock { ends in
                    ends += 1
                    return ends
                }
                if count == threads { shared.end.resolve(shared.counter.withLock { $0 }) }
            }
            #expect(isStarted)
        }
        #expect(await shared.end.value == threads * turns)
    }
}
