extension OpenMetrics {
    /// Metrics of one source, whose names begin with the same words and whose samples share labels.
    package struct Section {
        fileprivate var metrics: OpenMetrics
        let prefix: String
        let labels: [String: String]

        /// Adds a number that never decreases.
        ///
        /// - Parameters:
        ///   - name: The rest of the name of the family, without `_total`.
        ///   - help: A description of the number.
        ///   - value: The number.
        ///   - more: Further labels of the sample, by name.
        package mutating func counter(_ name: String, _ help: String, _ value: Int, _ more: [String: String] = [:]) {
            metrics.counter(prefix + name, help: help, value, labels: labels(and: more))
        }

        /// Adds a whole number that may go up and down.
        package mutating func gauge(_ name: String, _ help: String, _ value: Int, _ more: [String: String] = [:]) {
            metrics.gauge(prefix + name, help: help, value, labels: labels(and: more))
        }

        /// Adds the durations of a histogram, in seconds.
        package mutating func histogram(
            _ name: String,
            _ help: String,
            _ value: LatencyHistogram,
            _ more: [String: String] = [:]
        ) {
            metrics.histogram(prefix + name, help: help, value, labels: labels(and: more))
        }

        /// Adds the counts of headers.
        package mutating func headers(_ statistics: HeaderCodecStatistics) {
            statistics.write(to: &metrics, prefix: prefix, labels: labels)
        }

        private func labels(and more: [String: String]) -> [String: String] {
            more.isEmpty ? labels : labels.merging(more) { $1 }
        }
    }

    /// Adds the metrics of one source.
    ///
    /// - Parameters:
    ///   - prefix: The beginning of the names, as in `kafka_consumer_`.
    ///   - labels: The labels of every sample, by name.
    ///   - body: Adds the metrics.
    package mutating func section(_ prefix: String, labels: [String: String], _ body: (inout Section) -> Void) {
        // The section has the only reference while it grows.
        var section = Section(metrics: self, prefix: prefix, labels: labels)
        self = OpenMetrics()
        body(&section)
        self = section.metrics
    }
}
