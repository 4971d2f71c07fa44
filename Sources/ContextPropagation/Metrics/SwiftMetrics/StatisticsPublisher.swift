#if Metrics
public import CoreMetrics
internal import Synchronization

/// Publishes the statistics of clients and pools through swift-metrics.
///
/// When to use it: if the program already has a backend of swift-metrics. A program without one can serve
/// ``OpenMetrics/text(of:)``, which has the same names.
///
///     let publisher = StatisticsPublisher { [producer.statistics, consumer.statistics, pool.statistics] }
///     try await withThrowingTaskGroup { group in
///         group.addTask { await publisher.run() }
///         …
///     }
///
/// | ``OpenMetrics`` | swift-metrics |
/// |---|---|
/// | a counter `NAME_total` | a `Counter` `NAME_total`, which gets the increase |
/// | a gauge `NAME` | a `Gauge` `NAME` |
/// | a histogram `NAME_seconds` | a `Timer` `NAME_seconds`, which gets each duration |
///
/// Labels become dimensions. A duration is published as the middle of its range in ``LatencyHistogram/bounds``, because
/// the statistics keep no single durations; the number of durations is exact. But if one of several sources with the
/// same labels, such as pools of one name, is left out of the list, the counts and durations that the others added in
/// that interval are not published. A metric without a sample, such as the lag of a partition that was taken away, is
/// destroyed. The hot paths of clients and pools do nothing for it.
public final class StatisticsPublisher: Sendable {
    private let interval: Duration
    private let factory: (any MetricsFactory)?
    private let sources: @Sendable () -> [any OpenMetricsSource]
    private let published: Mutex<PublishedSamples>

    /// Makes a publisher. It publishes nothing before ``run()`` or ``publish()``.
    ///
    /// - Parameters:
    ///   - interval: The time between two publications, at least a millisecond and at most 30 years.
    ///   - dimensions: The dimensions of every metric, such as the name of the service. A label of the same name wins.
    ///   - factory: The backend. The default is the bootstrapped one at the time of publication.
    ///   - sources: Returns the statistics at this moment. Sources with the same name and labels are added. It must not
    ///     call ``publish()``.
    public init(
        every interval: Duration = .seconds(10),
        dimensions: [(String, String)] = [],
        factory: (any MetricsFactory)? = nil,
        sources: @escaping @Sendable () -> [any OpenMetricsSource]
    ) {
        // A clock cannot hold every duration.
        self.interval = min(max(interval, .milliseconds(1)), .seconds(1_000_000_000))
        self.factory = factory
        self.sources = sources
        published = Mutex(PublishedSamples(dimensions: dimensions))
    }

    /// Publishes the values of this moment.
    public func publish() {
        let factory = factory ?? MetricsSystem.factory
        // The lock holds while the values are read: of two calls at once, the one that reads later must publish later,
        // because a counter that decreases counts as a new one.
        published.withLock { published in
            var samples = OpenMetrics()
            for source in sources() { source.write(to: &samples) }
            published.publish(samples, to: factory)
        }
    }

    /// Publishes the values once in each interval until the task is cancelled, and then once more.
    ///
    /// Under the trait `ServiceLifecycle`, it also ends when its `ServiceGroup` asks for a graceful shutdown.
    public func run() async {
        let end = Promise<Void>()
        await withServiceShutdown {
            _ = end.resolve(())
        } _: {
            await withTaskGroup { group in
                group.addTask { await self.publishUntilCancelled() }
                group.addTask { _ = await end.valueUnlessCancelled }
                await group.next()
                group.cancelAll()
            }
        }
        publish()
    }

    private func publishUntilCancelled() async {
        while !Task.isCancelled {
            publish()
            try? await Task.sleep(for: interval)
        }
    }
}

#if ServiceLifecycle
public import ServiceLifecycle

/// A publisher can be a member of a `ServiceGroup`. Put it first, so that it publishes the last values of the others.
extension StatisticsPublisher: Service {}
#endif
#endif
