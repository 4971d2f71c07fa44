import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import MALogger

@Suite("The gate of a pipe", .timeLimit(.minutes(10)))
struct PipeGateTests {
    /// A thread that writes short lines through the gate, or long lines under the lock. Each step is one atomic
    /// operation.
    private enum Step {
        case idle, entered, refused, closing, alone
    }

    @Test("In every schedule, a long line is alone, and both kinds of line continue", arguments: 0..<200)
    func schedules(seed: UInt64) {
        var random = SplitMix(state: seed)
        var gate = PipeGateState()
        var threads = [Step](repeating: .idle, count: 2 + Int(random.next() % 5))
        let longWriters = 1 + Int(random.next() % UInt64(threads.count - 1))
        var owner: Int?
        var (short, long) = (0, 0)
        for _ in 0..<2000 {
            let thread = Int(random.next() % UInt64(threads.count))
            switch threads[thread] {
            case .idle where thread < longWriters:
                guard owner == nil else { continue }
                owner = thread
                gate.word += PipeGateState.closing
                threads[thread] = .closing
            case .closing:
                guard gate == .closed else { continue }
                threads[thread] = .alone
            case .alone:
                #expect(!threads.contains(.entered))
                gate.word -= PipeGateState.closing
                owner = nil
                long += 1
                threads[thread] = .idle
            case .idle:
                threads[thread] = gate.admits ? .entered : .refused
                gate.word += PipeGateState.line
            case .entered, .refused:
                if threads[thread] == .entered { short += 1 }
                gate.word -= PipeGateState.line
                threads[thread] = .idle
            }
            let inside = threads.filter { $0 == .entered || $0 == .refused }.count
            #expect(gate.word == inside + (owner == nil ? 0 : PipeGateState.closing))
        }
        #expect(short > 0 && long > 0)
    }

    private struct Shared: ~Copyable {
        let gate = PipeGate()
        let lock = Mutex(())
        let inside = Atomic(0)
        let passed = Atomic(0)
        let faults = Atomic(0)
    }

    @Test("No line passes a closed gate, and a closed gate is empty")
    func threads() {
        let shared = Shared()
        shared.gate.open()
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            if thread < 4 {
                for _ in 0..<20_000 where shared.gate.enter() {
                    shared.inside.add(1, ordering: .relaxed)
                    shared.passed.add(1, ordering: .relaxed)
                    shared.inside.subtract(1, ordering: .relaxed)
                    shared.gate.leave()
                }
            } else {
                for _ in 0..<500 {
                    shared.lock.withLock { _ in
                        shared.gate.close()
                        let before = shared.passed.load(ordering: .relaxed)
                        let hasEntered = shared.gate.enter()
                        let isEmpty = shared.inside.load(ordering: .relaxed) == 0
                        if hasEntered || !isEmpty || shared.passed.load(ordering: .relaxed) != before {
                            shared.faults.add(1, ordering: .relaxed)
                        }
                        shared.gate.open()
                    }
                }
            }
        }
        #expect(shared.faults.load(ordering: .relaxed) == 0)
        #expect(shared.passed.load(ordering: .relaxed) > 0)
        let isOpen = shared.gate.enter()
        #expect(isOpen)
    }

    @Test("A gate that stayed closed after a torn line can be closed again and opened")
    func staysClosed() {
        let gate = PipeGate()
        let isOpenAtFirst = gate.enter()
        gate.close()
        gate.close()
        let isOpenWhenClosed = gate.enter()
        gate.open()
        let isOpenInTheEnd = gate.enter()
        #expect((isOpenAtFirst, isOpenWhenClosed, isOpenInTheEnd) == (false, false, true))
    }
}
