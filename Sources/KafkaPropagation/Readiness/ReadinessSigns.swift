/// The facts about a client from which its readiness follows. A pure value.
struct ReadinessSigns: Sendable {
    enum Phase: Sendable, CaseIterable {
        case running
        case shuttingDown
        case ended
    }

    /// A client that has polled at an earlier time than this many nanoseconds ago does not poll.
    static let pollLimit: UInt64 = 10_000_000_000

    var phase = Phase.running
    /// Whether a broker has ever answered.
    var hasWorked = false
    /// Whether all brokers are gone since one last answered.
    var isDown = false
    /// Nanoseconds since the last poll.
    var sinceLastPoll: UInt64 = 0
    /// Nanoseconds that a poll may take beyond ``pollLimit``.
    var pollAllowance: UInt64 = 0
    /// Nil for a producer.
    var group: ConsumerGroupStage?
    var partitions = 0

    var isConnected: Bool { hasWorked && !isDown && phase != .ended }

    /// The most serious reason why the client is not ready.
    var reason: KafkaReadiness.Reason? {
        switch phase {
        case .ended: return .ended
        case .shuttingDown: return .shuttingDown
        case .running: break
        }
        if isDown { return .disconnected }
        if !hasWorked { return .connecting }
        if sinceLastPoll > Self.pollLimit &+ pollAllowance { return .notPolling }
        if partitions > 0 { return nil }
        switch group {
        case .joining: return .joining
        case .rebalancing: return .rebalancing
        case .assigned, nil: return nil
        }
    }
}

extension KafkaReadiness {
    /// - Parameters:
    ///   - signs: The facts about the client.
    ///   - client: The name of the client in librdkafka.
    ///   - lags: The lags of the partitions of which it is known.
    ///   - error: The last error of the client. It counts only if the client is not ready because of it.
    init(_ signs: ReadinessSigns, client: String, lags: [Int], error: KafkaError?) {
        let reason = signs.reason
        let explains = reason == .ended || reason == .disconnected || reason == .connecting
        self.init(
            client: client,
            isConnected: signs.isConnected,
            sinceLastPoll: .nanoseconds(Int64(clamping: signs.sinceLastPoll)),
            partitions: signs.group == nil ? nil : signs.partitions,
            lag: lags.isEmpty ? nil : lags.totalLag,
            reason: reason,
            error: explains ? error?.description : nil
        )
    }
}

extension Sequence<Int> {
    /// The sum of lags, at most `Int.max`. A faulty broker can report any end of a partition.
    var totalLag: Int {
        reduce(0) { sum, lag in
            let (total, overflows) = sum.addingReportingOverflow(lag)
            return overflows ? .max : total
        }
    }
}
