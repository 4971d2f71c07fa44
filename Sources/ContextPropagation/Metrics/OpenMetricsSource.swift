/// A value that can be written as metrics, such as the statistics of a client or a pool, or a program's own numbers.
///
///     struct CacheStatistics: OpenMetricsSource {
///         var hits: Int
///         func write(to metrics: inout OpenMetrics) {
///             metrics.counter("cache_hits", help: "Look-ups that found an entry", hits, labels: ["cache": "frames"])
///         }
///     }
///     let text = OpenMetrics.text(of: [producer.statistics, pool.statistics, CacheStatistics(hits: 3)])
public protocol OpenMetricsSource {
    /// Adds samples. Several sources may add to one family.
    func write(to metrics: inout OpenMetrics)
}

extension OpenMetricsSource {
    /// The OpenMetrics text of this value alone. For several values use ``OpenMetrics/text(of:)``, because two texts
    /// cannot be joined.
    public var openMetrics: String { OpenMetrics.text(of: [self]) }
}
