internal import ContextPropagation

/// Decides when a client reports that no broker answers: after a few seconds, and then every 30 seconds. A pure value.
struct ConnectionWatchState: Sendable {
    /// The facts at one moment.
    struct Signs {
        /// Whether a broker has ever answered.
        var hasWorked: Bool
        /// Whether an error has come since a broker last answered.
        var hasFailed: Bool
        /// Whether all brokers are gone, or one has not answered a probe.
        var isDown: Bool
        /// The number of messages without a report; 0 for a consumer.
        var waiting: Int
        /// A number that grows with each delivered message.
        var progress: Int
    }

    enum Action: Equatable {
        case none
        /// Ask the brokers for a sign of life, because there is a doubt.
        case ask
        /// Report that no broker has answered for this many seconds.
        case warn(seconds: Int)
        /// Report that a broker answers again after this many seconds.
        case recovered(seconds: Int)
    }

    /// Nanoseconds of doubt until the brokers are asked.
    static let askAfter: UInt64 = 2_000_000_000
    /// Nanoseconds of doubt until the first report.
    static let warnAfter: UInt64 = 5_000_000_000
    /// Nanoseconds between two reports.
    static let interval: UInt64 = 30_000_000_000
    /// Nanoseconds between two looks.
    static let pause: UInt64 = 250_000_000

    private var lastLook: UInt64
    private var doubtSince: UInt64?
    private var lastWarning: UInt64?
    private var progress = 0

    init(now: UInt64) {
        lastLook = now
    }

    /// Whether enough time has passed since the last look.
    mutating func isDue(now: UInt64) -> Bool {
        guard MonotonicTime.elapsed(from: lastLook, to: now) >= Self.pause else { return false }
        lastLook = now
        return true
    }

    mutating func look(_ signs: Signs, now: UInt64) -> Action {
        let hasProgressed = signs.progress != progress
        progress = signs.progress
        let isDoubtful = !signs.hasWorked || signs.hasFailed || signs.isDown || signs.waiting > 0
        guard isDoubtful, !hasProgressed || signs.isDown else { return end(now) }
        guard let start = doubtSince else {
            doubtSince = now
            return .none
        }
        // An answer ends a report, although messages may still wait for their reports.
        if lastWarning != nil, signs.hasWorked, !signs.isDown { return end(now) }
        let doubt = MonotonicTime.elapsed(from: start, to: now)
        if doubt < Self.askAfter { return .none }
        guard signs.isDown, doubt >= Self.warnAfter else { return .ask }
        if let lastWarning, MonotonicTime.elapsed(from: lastWarning, to: now) < Self.interval { return .ask }
        lastWarning = now
        return .warn(seconds: Int(doubt / 1_000_000_000))
    }

    private mutating func end(_ now: UInt64) -> Action {
        defer {
            doubtSince = nil
            lastWarning = nil
        }
        guard lastWarning != nil, let start = doubtSince else { return .none }
        return .recovered(seconds: Int(MonotonicTime.elapsed(from: start, to: now) / 1_000_000_000))
    }
}

extension ConnectionWatchState.Signs {
    /// Reads the signs of a connection.
    ///
    /// Nil after a fatal error: the client is silent because it has stopped, and a line of its own has said why. The
    /// brokers may be well.
    init?(_ connection: ConnectionState, waiting: Int, progress: Int) {
        if connection.fatal != nil { return nil }
        self.init(
            hasWorked: connection.hasEverWorked,
            hasFailed: connection.hasTrouble,
            isDown: connection.isDown,
            waiting: waiting,
            progress: progress
        )
    }
}
