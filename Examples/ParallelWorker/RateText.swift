import KafkaPropagation
import Synchronization

/// The text of the progress line: records a second, how many are being handled, and the lag.
final class RateText: Sendable {
    private struct Look {
        var time = ContinuousClock.now
        var processed = 0
        var rate = 0.0
    }

    private let consumer: ParallelConsumer
    private let look = Mutex(Look())

    init(_ consumer: ParallelConsumer) {
        self.consumer = consumer
    }

    func text() -> String {
        let statistics = consumer.statistics
        let processed = statistics.topics.reduce(0) { $0 + $1.processed }
        let rate = look.withLock { look in
            let passed = look.time.duration(to: .now) / .seconds(1)
            if passed >= 1 {
                look.rate = Double(processed - look.processed) / passed
                look.processed = processed
                look.time = .now
            }
            return look.rate
        }
        return "\(Int(rate)) records/s, \(statistics.running) in flight, lag \(statistics.lag)"
    }
}
