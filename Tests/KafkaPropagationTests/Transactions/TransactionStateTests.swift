import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The life cycle of transactions", .timeLimit(.minutes(10)))
struct TransactionStateTests {
    private static let retry = TransactionState.Answer.retry(KafkaError(.timedOut, "later"))
    private static let abort = TransactionState.Answer.abort(KafkaError(.rebalance, "abort"))
    private static let fatal = TransactionState.Answer.fatal(KafkaError(.fenced, "fatal"))

    /// A cluster that answers as it likes, and keeps the truth about the one transaction.
    private struct Cluster {
        enum Truth {
            case none
            case open
            case committed
            case aborted
        }

        var truth = Truth.none
        var isFenced = false
        var random: SplitMix

        private mutating func roll(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

        mutating func commit() -> TransactionState.Answer {
            if isFenced { return fatal }
            if roll(10) { return abort }
            // The answer may be lost, before or after the cluster has done it.
            if truth == .open, roll(70) { truth = .committed }
            if truth == .committed, !roll(40) { return .success }
            return fence() ? fatal : retry
        }

        mutating func abortTransaction() -> TransactionState.Answer {
            // A commit that was done cannot be taken back.
            if isFenced || truth == .committed { return fatal }
            if roll(70) { truth = .aborted }
            if truth == .aborted, !roll(40) { return .success }
            return fence() ? fatal : retry
        }

        mutating func fence() -> Bool {
            if !roll(5) { return false }
            isFenced = true
            if truth == .open { truth = .aborted }
            return true
        }
    }

    @Test("No schedule reports a wrong outcome, loses one, or calls librdkafka at a wrong time")
    func schedules() {
        var outcomes: [String: Int] = [:]
        for seed in 0..<20_000 {
            var cluster = Cluster(random: SplitMix(state: UInt64(seed)))
            var machine = TransactionState()
            func roll(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &cluster.random) < percent }
            while machine.initialized(roll(50) ? Self.retry : .success) {}
            var isClosing = false
            for _ in 0..<4 {
                guard let number = try? machine.begin() else { break }
                // While one exists, no other one begins.
                #expect(throws: KafkaError.self) { try machine.begin() }
                let isAbandoned = roll(5)
                if isAbandoned {
                    let isOpen = machine.abandon()
                    #expect(!isOpen)
                }
                cluster.truth = .open
                var step: TransactionState.Step
                var wantsCommit = false
                var hasFailed = false
                switch machine.began(.success) {
                case .failed(let error):
                    Issue.record(error)
                    return
                case .abort:
                    #expect(isAbandoned)
                    step = .abort
                case .open:
                    #expect(!isAbandoned && machine.openNumber == number)
                    if roll(15) {
                        hasFailed = true
                        let isInTime = machine.fail(KafkaError(.client, "a message failed"))
                        #expect(isInTime)
                    }
                    if roll(5) {
                        isClosing = true
                        machine.close()
                    }
                    wantsCommit = roll(70)
                    step = machine.end(number, commits: wantsCommit)
                }
                #expect(machine.openNumber == nil)
                var outcome: TransactionOutcome?
                var calls = 0
                while outcome == nil {
                    calls += 1
                    switch step {
                    case .commit:
                        #expect(wantsCommit && !hasFailed)
                        step = machine.answered(cluster.commit())
                    case .abort:
                        step = machine.answered(cluster.abortTransaction())
                    case .done(let done): outcome = done
                    }
                    if calls == 20 || (isClosing && roll(20)) { machine.giveUp(.producerShutDown) }
                }
                #expect(machine.isIdle)
                switch outcome {
                case .committed: #expect(cluster.truth == .committed, "seed \(seed)")
                case .aborted: #expect(cluster.truth != .committed, "seed \(seed)")
                default:
                    // Only a producer that can do nothing more gives up a transaction.
                    #expect(wantsCommit, "seed \(seed)")
                    #expect(throws: KafkaError.self) { try machine.begin() }
                }
                outcomes[outcome?.published.description ?? "", default: 0] += 1
                if case .ended = machine.phase { break }
            }
        }
        // Every branch was taken.
        #expect(outcomes.values.allSatisfy { $0 > 500 } && outcomes.count == 3, "\(outcomes)")
    }

    @Test("A message that failed turns a commit into an abort with that reason")
    func failure() throws {
        var machine = TransactionState()
        _ = machine.initialized(.success)
        let number = try machine.begin()
        _ = machine.began(.success)
        machine.fail(KafkaError(.messageTooLarge, "too large"))
        machine.fail(KafkaError(.timedOut, "later"))
        guard case .abort = machine.end(number, commits: true) else {
            Issue.record("not aborted")
            return
        }
        guard case .done(.aborted(let reason)) = machine.answered(.success) else {
            Issue.record("not done")
            return
        }
        #expect(reason?.code == .messageTooLarge)
    }

    @Test("A transaction that is being aborted can no longer be committed, unless a commit was sent before")
    func failureDuringAbort() throws {
        for sendsCommit in [false, true] {
            var machine = TransactionState()
            _ = machine.initialized(.success)
            let number = try machine.begin()
            _ = machine.began(.success)
            _ = machine.end(number, commits: sendsCommit)
            if sendsCommit { _ = machine.answered(Self.abort) }
            let isAborted = machine.fail(KafkaError(.timedOut, "late"))
            #expect(isAborted == !sendsCommit)
        }
    }

    @Test("An answer that comes for another transaction, or twice, changes nothing")
    func strayAnswers() throws {
        var machine = TransactionState()
        _ = machine.initialized(.success)
        let isAgain = machine.initialized(Self.fatal)
        #expect(!isAgain)
        let number = try machine.begin()
        _ = machine.began(.success)
        guard case .done = machine.end(number + 1, commits: true) else {
            Issue.record("another transaction was ended")
            return
        }
        #expect(machine.openNumber == number)
        _ = machine.answered(.success)
        #expect(machine.openNumber == number)
    }

    @Test("A transaction that begins just when its caller gives up is the caller's, and an earlier one is aborted")
    func lateBeginning() throws {
        for isAnswered in [false, true] {
            var machine = TransactionState()
            _ = machine.initialized(.success)
            let number = try machine.begin()
            if isAnswered { _ = machine.began(.success) }
            let isOpen = machine.abandon()
            #expect(isOpen == isAnswered)
            if isAnswered {
                #expect(machine.openNumber == number)
            } else if case .abort = machine.began(.success) {
                #expect(machine.openNumber == nil)
            } else {
                Issue.record("not aborted")
            }
        }
    }

    @Test("Turns go round in the order of asking, and a waiter that left gets none")
    func turns() {
        var queue = TurnQueue<Int>()
        #expect([queue.take(), queue.take()] == [true, false])
        let tickets = (1...3).map { queue.wait($0) }
        #expect(queue.waiting == 3)
        #expect([queue.remove(tickets[1]), queue.remove(tickets[1])] == [true, false])
        #expect([queue.leave(), queue.leave()] == [1, 3])
        #expect([queue.remove(tickets[2])] == [false])
        #expect(queue.isTaken)
        #expect([queue.leave()] == [nil])
        #expect(!queue.isTaken)
        #expect([queue.take()] == [true])
    }
}
