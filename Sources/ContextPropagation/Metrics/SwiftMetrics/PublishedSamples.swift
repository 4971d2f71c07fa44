#if Metrics
internal import CoreMetrics

/// The metrics that were made for samples, and the last values that they got.
struct PublishedSamples {
    private struct Key: Hashable {
        let name: String
        let labels: [String: String]
    }

    private enum Metric {
        case counter(Counter, Int)
        case gauge(Gauge)
        case timer(Timer, LatencyHistogram)
    }

    private var metrics: [Key: Metric] = [:]
    /// The backend of the metrics.
    private var factory: (any MetricsFactory)?
    private let dimensions: [(String, String)]

    init(dimensions: [(String, String)]) {
        self.dimensions = dimensions
    }

    /// Publishes the values of `samples`, and ends the metrics that have no sample any more.
    ///
    /// A new backend, such as the first one after the bootstrap of swift-metrics, gets metrics of its own, and whole
    /// counts.
    mutating func publish(_ samples: OpenMetrics, to factory: any MetricsFactory) {
        if let known = self.factory, !known.isSame(as: factory) { metrics = [:] }
        self.factory = factory
        var gone = Set(metrics.keys)
        samples.forEachSample { name, labels, value in
            let key = Key(name: name, labels: labels)
            gone.remove(key)
            switch value {
            case .counter(let value): count(value, key, factory)
            case .gauge(let value): measure(value, key, factory)
            case .histogram(let value): time(value, key, factory)
            }
        }
        for key in gone {
            switch metrics.removeValue(forKey: key) {
            case .counter(let counter, _): counter.destroy()
            case .gauge(let gauge): gauge.destroy()
            case .timer(let timer, _): timer.destroy()
            case nil: break
            }
        }
    }

    private mutating func count(_ value: Int, _ key: Key, _ factory: any MetricsFactory) {
        let counter: Counter
        var before = 0
        if case .counter(let known, let value) = metrics[key] {
            (counter, before) = (known, value)
        } else {
            counter = Counter(label: key.name, dimensions: dimensions(key), factory: factory)
        }
        // It decreases when one of several clients with the same labels has ended.
        if value > before { counter.increment(by: value - before) }
        metrics[key] = .counter(counter, value)
    }

    private mutating func measure(_ value: Double, _ key: Key, _ factory: any MetricsFactory) {
        let gauge: Gauge
        if case .gauge(let known) = metrics[key] {
            gauge = known
        } else {
            gauge = Gauge(label: key.name, dimensions: dimensions(key), factory: factory)
            metrics[key] = .gauge(gauge)
        }
        gauge.record(value)
    }

    private mutating func time(_ value: LatencyHistogram, _ key: Key, _ factory: any MetricsFactory) {
        let timer: Timer
        var before = LatencyHistogram()
        if case .timer(let known, let value) = metrics[key] {
            (timer, before) = (known, value)
        } else {
            timer = Timer(
                label: key.name,
                dimensions: dimensions(key),
                preferredDisplayUnit: .seconds,
                factory: factory
            )
        }
        for (nanoseconds, count) in value.additions(since: before) {
            for _ in 0..<count { timer.recordNanoseconds(nanoseconds) }
        }
        metrics[key] = .timer(timer, value)
    }

    private func dimensions(_ key: Key) -> [(String, String)] {
        let own = key.labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return dimensions.filter { key.labels[$0.0] == nil } + own
    }
}

extension MetricsFactory {
    /// Whether both are one backend. Values of one type count as one.
    fileprivate func isSame(as other: any MetricsFactory) -> Bool {
        guard type(of: self) is AnyClass else { return type(of: self) == type(of: other) }
        return self as AnyObject === other as AnyObject
    }
}

extension LatencyHistogram {
    /// The durations that were added since `before`: for each range, a duration in its middle, and their number.
    fileprivate func additions(since before: LatencyHistogram) -> [(nanoseconds: Int64, count: Int)] {
        var lower: UInt64 = 0
        var result: [(Int64, Int)] = []
        for (index, pair) in zip(counts, before.counts).enumerated() {
            let bound = index < Self.nanosecondBounds.count ? Self.nanosecondBounds[index] : nil
            let middle = bound.map { lower + ($0 - lower) / 2 } ?? longestNanoseconds
            if pair.0 > pair.1 { result.append((Int64(clamping: middle), pair.0 - pair.1)) }
            lower = bound ?? lower
        }
        return result
    }
}
#endif
