internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// A dead letter on its way.
struct PendingLetter {
    let job: ScheduledJobID
    let record: KafkaRecord
    let error: any Error
}

extension ParallelEngine {
    /// Asks the retry policy about a record whose handler threw, and logs the answer. Both happen in the record's
    /// context.
    func decide(_ record: KafkaRecord, _ error: any Error) -> ParallelSettlement {
        // The shutdown has cancelled the handler, whose error may then have any type, or it has ended the producer or
        // the pool that the handler uses. Neither is a fault of the record.
        if Task.isCancelled || error is CancellationError || Self.comesFromShutdown(error),
            state.withLock({ $0.parallel.isStopping })
        {
            return .retry(at: .max)
        }
        return LogContext.$current.withValue(record.context) {
            let failure = ParallelConsumer.HandlerFailure(record: record, error: error, attempt: record.attempt)
            switch retry.decide(failure).backing {
            case .retry(let wait): return self.retry(record, error, after: wait)
            case .backoff(let backoff):
                var random = SystemRandomNumberGenerator()
                return self.retry(record, error, after: backoff.delay(afterAttempt: record.attempt, using: &random))
            case .skip:
                ClientLog.consumer.warning("record failed; skipping it", error: error) { Self.describe(record, &$0) }
                return .skip
            case .deadLetter:
                if options.deadLetters == nil {
                    ClientLog.consumer.error(
                        "record failed; stopping the consumer, because no dead letters are set up",
                        error: error
                    ) { Self.describe(record, &$0) }
                    return .stop
                }
                return .deadLetter
            case .stop:
                ClientLog.consumer.error("record failed; stopping the consumer", error: error) {
                    Self.describe(record, &$0)
                }
                return .stop
            }
        }
    }

    private static func comesFromShutdown(_ error: any Error) -> Bool {
        switch error {
        case let error as KafkaError: error.code == .shutdown
        case let error as WorkerPoolError: error.code == .shutdown || error.code == .aborted
        default: false
        }
    }

    private func retry(_ record: KafkaRecord, _ error: any Error, after wait: Duration) -> ParallelSettlement {
        let milliseconds = max(0, wait.wholeMilliseconds)
        ClientLog.consumer.warning("record failed; trying again", error: error) {
            Self.describe(record, &$0)
            $0.retry_ms = Int(milliseconds)
        }
        return .retry(at: MonotonicTime.now + Self.nanoseconds(wait))
    }

    /// At most a year.
    static func nanoseconds(_ wait: Duration) -> UInt64 {
        let year = Duration.seconds(31_536_000)
        let (seconds, attoseconds) = min(max(wait, .zero), year).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    static func describe(_ record: KafkaRecord, _ fields: inout LogFields) {
        fields.topic = record.topic
        fields.partition = record.partition
        fields.offset = record.offset
        fields.attempt = record.attempt
    }

    // MARK: Dead letters

    /// Sends a dead letter in a task of its own: no handler waits for it, only the records of its key do.
    func send(_ letter: PendingLetter) {
        guard let topic = options.deadLetters?.topic, let producer = letterProducer else { return }
        Task.detached { [self] in
            do {
                try await topic.send(
                    letter.record,
                    error: letter.error,
                    attempts: letter.record.attempt,
                    groupID: groupID,
                    through: producer
                )
                end(letter, retryAt: nil)
            } catch {
                let wait = Self.letterWait
                letter.record.withContext {
                    ClientLog.consumer.error("could not send a dead letter; trying again", error: error) {
                        Self.describe(letter.record, &$0)
                        $0.retry_ms = Int(wait.wholeMilliseconds)
                    }
                }
                end(letter, retryAt: MonotonicTime.now + Self.nanoseconds(wait))
            }
        }
    }

    /// How long to wait before a dead letter is sent again.
    private static let letterWait = Duration.seconds(1)

    private func end(_ letter: PendingLetter, retryAt: UInt64?) {
        let signals = state.withLock { state in
            if retryAt == nil {
                state.letterErrors[letter.job] = nil
                if let view = state.parallel.view(letter.job), !view.isFenced {
                    state.meters.noteDeadLetter(partition: view.partition)
                }
            }
            var signals = state.parallel.endDeadLetter(letter.job, retryAt: retryAt)
            if state.pacing.wakes(finished: state.parallel.counts.finished) { signals.insert(.reopened) }
            // A partition that went has taken the record with it.
            if state.parallel.view(letter.job) == nil { state.letterErrors[letter.job] = nil }
            return signals
        }
        follow(signals)
        wakeWorkers()
    }
}

extension ParallelEngine.State {
    /// Keeps the error of a record whose dead letter is on the way.
    mutating func addLetter(_ job: ScheduledJobID, _ error: any Error) -> PendingLetter? {
        guard parallel.view(job) != nil else { return nil }
        letterErrors[job] = error
        return letter(job)
    }

    /// Removes the errors of records that their partition has taken with it.
    mutating func forgetLostLetters() {
        for job in letterErrors.keys where parallel.view(job) == nil { letterErrors[job] = nil }
    }

    func letter(_ job: ScheduledJobID) -> PendingLetter? {
        guard let error = letterErrors[job], let view = parallel.view(job) else { return nil }
        var record = view.record.record
        record.attempt = view.attempts
        return PendingLetter(job: job, record: record, error: error)
    }
}
