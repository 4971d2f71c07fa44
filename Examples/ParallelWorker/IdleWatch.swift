import KafkaPropagation

/// Ends a consumer that has had nothing to do for a while. The time counts from its first assignment.
struct IdleWatch: Sendable {
    /// 0 never ends it.
    let seconds: Int

    func run(_ consumer: ParallelConsumer) async {
        if seconds == 0 { return }
        var last = ContinuousClock.now
        var processed = -1
        while !Task.isCancelled {
            let statistics = consumer.statistics
            let now = statistics.topics.reduce(0) { $0 + $1.processed + $1.failed }
            let isIdle = statistics.running == 0 && statistics.queued == 0 && statistics.waiting == 0
            if now != processed || !isIdle || statistics.partitions.isEmpty || statistics.lag > 0 { last = .now }
            processed = now
            if last.duration(to: .now) >= .seconds(seconds) { return consumer.triggerGracefulShutdown() }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
