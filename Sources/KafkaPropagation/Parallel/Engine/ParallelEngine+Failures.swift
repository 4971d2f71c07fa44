internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// A record that is given up, until its dead letter is sent.
struct FailedRecord {
    /// The error of its handler.
    let error: any Error
    /// How often its dead letter could not be sent.
    var failedSends = 0
}

/// A dead letter on its way.
struct PendingLetter {
    let job: ScheduledJobID
    let record: KafkaRecord
    let failure: FailedRecord
}

extension ParallelEngine {
    /// Asks the retry policy about a record whose handler threw, and logs the answer. Both happen in the record's
    /// context. The policy is not asked about a record of a lost partition: the answer would count for nothing.
    func decide(_ job: ScheduledJobID, _ record: KafkaRecord, _ error: any Error) -> ParallelSettlement {
        let (isStopping, isLost, mayBeginAgain) = state.withLock { state in
            (state.parallel.isStopping, state.parallel.isFenced(job), state.parallel.mayBeginAgain(job))
        }
        if isStopping, Self.comesFromShutdown(error) { return .retry(at: .max) }
        return LogContext.$current.withValue(record.context) {
            if isLost {
                ClientLog.consumer.warning(
                    "record failed after its partition was taken away or sought back; it comes again",
                    error: error
                ) { Self.describe(record, &$0) }
                return .retry(at: .max)
            }
            let failure = ParallelConsumer.HandlerFailure(record: record, error: error, attempt: record.attempt)
            switch retry.decide(failure).backing {
            case .retry where !mayBeginAgain, .backoff where !mayBeginAgain:
                ClientLog.consumer.warning(
                    isStopping
                        ? "record failed during the shutdown; it comes again"
                        : "record failed while its partition is given back; it comes again",
                    error: error
                ) { Self.describe(record, &$0) }
                return .retry(at: .max)
            case .retry(let wait): return self.retry(record, error, after: wait)
            case .backoff(let backoff):
                var random = SystemRandomNumberGenerator()
                return self.retry(record, error, after: backoff.delay(afterAttempt: record.attempt, using: &random))
            case .skip:
                ClientLog.consumer.warning("record failed; skipping it", error: error) { Self.describe(record, &$0) }
                return .skip
            case .deadLetter:
                guard let deadLetters = options.deadLetters else {
                    ClientLog.consumer.error(
                        "record failed; stopping the consumer, because no dead letters are set up",
                        error: error
                    ) { Self.describe(record, &$0) }
                    return .stop
                }
                // A pattern of topics may include the dead-letter topic.
                if deadLetters.topic.isOwn(record, readsPattern: readsPattern) {
                    ClientLog.consumer.error(
                        "record failed; skipping it, because it is in the dead-letter topic, which the consumer also reads",
                        error: error
                    ) { Self.describe(record, &$0) }
                    return .skip
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

    /// Logs that a batch of several records failed, in the context of the batch: the line names the records, as the
    /// lines of its handler do.
    func logFailure(of batch: ParallelBatch, _ jobs: [ScheduledJobID], _ error: any Error) {
        let (isStopping, isLost) = state.withLock { state in
            (state.parallel.isStopping, jobs.allSatisfy { state.parallel.isFenced($0) })
        }
        if isStopping, Self.comesFromShutdown(error) { return }
        let text =
            if isStopping {
                "batch failed during the shutdown; its records come again"
            } else if isLost {
                "batch failed after its partitions were taken away or sought back; its records come again"
            } else {
                "batch failed; handling each of its records alone"
            }
        LogContext.$current.withValue(batch.context) {
            ClientLog.consumer.warning(text, error: error) { $0.records = batch.count }
        }
    }

    /// Whether a handler failed only because of the shutdown. Ask it in the handler's task while the consumer stops.
    ///
    /// The shutdown may have cancelled the handler, whose error can then have any type, or it has ended the producer or
    /// the pool that the handler uses. Neither is a fault of the record.
    private static func comesFromShutdown(_ error: any Error) -> Bool {
        if Task.isCancelled { return true }
        return switch error {
        case is CancellationError: true
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
        return .retry(at: MonotonicTime.now + wait.nanosecondsUpToAYear)
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
                    error: letter.failure.error,
                    attempts: letter.record.attempt,
                    groupID: groupID,
                    through: producer
                )
                end(letter, retryAt: nil)
            } catch {
                let fatal = (error as? KafkaError).flatMap { isFinal($0) ? $0 : nil }
                let goesOn = fatal.map { replaceLetterProducer(producer, $0) } ?? true
                var random = SystemRandomNumberGenerator()
                let wait = Self.letterBackoff.delay(afterAttempt: letter.failure.failedSends + 1, using: &random)
                let isKept = end(letter, retryAt: MonotonicTime.now + wait.nanosecondsUpToAYear)
                letter.record.withContext {
                    if isKept {
                        ClientLog.consumer.error("could not send a dead letter; trying again", error: error) {
                            Self.describe(letter.record, &$0)
                            $0.handler_error = "\(letter.failure.error)"
                            $0.retry_ms = Int(wait.wholeMilliseconds)
                        }
                    } else if !goesOn {
                        ClientLog.consumer.error(
                            "could not send a dead letter; stopping the consumer, because its producer can send nothing more",
                            error: error
                        ) {
                            Self.describe(letter.record, &$0)
                            $0.handler_error = "\(letter.failure.error)"
                        }
                    } else {
                        ClientLog.consumer.warning(
                            "could not send a dead letter; its record comes again",
                            error: error
                        ) { Self.describe(letter.record, &$0) }
                    }
                }
                if fatal != nil { await endIfReplaced(producer) }
            }
        }
    }

    /// Whether the producer of dead letters can send nothing more. The application may have shut its own down.
    private func isFinal(_ error: KafkaError) -> Bool {
        if error.isFatal { return true }
        return error.code == .shutdown && options.deadLetters?.producer != nil
            && !state.withLock { $0.parallel.isStopping }
    }

    /// How long to wait before a dead letter is sent again.
    private static let letterBackoff = RetryBackoff(initial: .seconds(1), maximum: .seconds(30))

    /// - Returns: Whether the record is still in memory. It is not if its letter was sent, if its partition went, or if
    ///   the consumer stops.
    @discardableResult
    private func end(_ letter: PendingLetter, retryAt: UInt64?) -> Bool {
        let (signals, isKept) = state.withLock { state in
            if retryAt != nil {
                state.failedRecords[letter.job]?.failedSends += 1
            } else {
                state.failedRecords[letter.job] = nil
                if let view = state.parallel.view(letter.job), !view.isFenced {
                    state.meters.noteDeadLetter(partition: view.partition)
                }
            }
            var signals = state.parallel.endDeadLetter(letter.job, retryAt: retryAt)
            if state.pacing.wakes(finished: state.parallel.counts.finished) { signals.insert(.reopened) }
            // A partition that went has taken the record with it.
            let isKept = state.parallel.view(letter.job) != nil
            if !isKept { state.failedRecords[letter.job] = nil }
            return (signals, isKept)
        }
        follow(signals)
        wakeWorkers()
        return isKept
    }
}

extension ParallelEngine.State {
    /// Keeps a record whose dead letter is on the way.
    mutating func addLetter(_ job: ScheduledJobID, _ error: any Error) -> PendingLetter? {
        guard parallel.view(job) != nil else { return nil }
        failedRecords[job] = FailedRecord(error: error)
        return letter(job)
    }

    /// Removes the records that their partition has taken with it.
    mutating func forgetLostLetters() {
        for job in failedRecords.keys where parallel.view(job) == nil { failedRecords[job] = nil }
    }

    func letter(_ job: ScheduledJobID) -> PendingLetter? {
        guard let failure = failedRecords[job], let view = parallel.view(job) else { return nil }
        var record = view.record.record
        record.attempt = view.attempts
        return PendingLetter(job: job, record: record, failure: failure)
    }
}
