/// Decides how long a consumer that shuts down waits for the taken records. A pure value.
struct ShutdownWait {
    enum Step: Equatable {
        case wait
        /// Log once which records the consumer waits for.
        case report
        case leave
    }

    private let timeout: Duration
    private let since: ContinuousClock.Instant
    private var hasReported = false

    init(timeout: Duration, now: ContinuousClock.Instant) {
        self.timeout = timeout
        since = now
    }

    mutating func step(_ pending: PendingRecords, now: ContinuousClock.Instant) -> Step {
        let waited = since.duration(to: now)
        if pending.held.isEmpty && !pending.isFinishing || waited >= timeout { return .leave }
        if !hasReported, waited >= .seconds(1) {
            hasReported = true
            return .report
        }
        return .wait
    }
}
