extension WorkerPool {
    /// What a pool has done so far; a value that does not change.
    ///
    /// At every moment `accepted` is `queued + running + done + failed + cancelled + aborted + abandoned`.
    public struct Statistics: Sendable, Equatable {
        /// Jobs that wait for a worker now.
        public package(set) var queued = 0
        /// Jobs that a worker has now.
        public package(set) var running = 0
        /// Jobs that were taken.
        public package(set) var accepted = 0
        /// Jobs that returned a value.
        public package(set) var done = 0
        /// Jobs that threw an error.
        public package(set) var failed = 0
        /// Jobs that were cancelled, before they began or by throwing `CancellationError`.
        public package(set) var cancelled = 0
        /// Jobs that were in the queue when the pool was aborted.
        public package(set) var aborted = 0
        /// Jobs that were running when the pool gave up waiting for them.
        public package(set) var abandoned = 0
        /// Submissions that got an error: the queue was full, the pool shut down, or their wait for a place was
        /// cancelled.
        public package(set) var refused = 0
        /// Submissions that wait for a place in the queue now.
        public package(set) var suspended = 0

        /// From submission to beginning, over all jobs that have ended.
        public package(set) var waitTime = Timing()
        /// From beginning to end, over all jobs that have ended.
        public package(set) var runTime = Timing()

        package init() {}

        /// A sum of durations and the longest of them.
        public struct Timing: Sendable, Equatable {
            package var totalNanoseconds: UInt64 = 0
            package var longestNanoseconds: UInt64 = 0

            package init() {}

            /// All of them together.
            public var total: Duration { .nanoseconds(Int64(clamping: totalNanoseconds)) }
            /// The longest one.
            public var longest: Duration { .nanoseconds(Int64(clamping: longestNanoseconds)) }

            package mutating func add(_ nanoseconds: UInt64) {
                totalNanoseconds &+= nanoseconds
                longestNanoseconds = max(longestNanoseconds, nanoseconds)
            }
        }
    }
}

extension WorkerPool.Statistics {
    /// The numbers in the text format that Prometheus reads, without the closing `# EOF`.
    ///
    /// Specification: [OpenMetrics 1.0, section
    /// 5](https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md).
    ///
    /// - Parameter pool: Stands as the label `pool` on each number.
    public func openMetrics(pool: String) -> String {
        let label = "pool=\"\(escaped(pool))\""
        var text = ""
        func gauge(_ name: String, _ value: Int) {
            text += "# TYPE \(name) gauge\n\(name){\(label)} \(value)\n"
        }
        gauge("worker_pool_queued_jobs", queued)
        gauge("worker_pool_running_jobs", running)
        gauge("worker_pool_suspended_submissions", suspended)
        text += "# TYPE worker_pool_jobs counter\n"
        for (end, value) in [
            ("done", done), ("failed", failed), ("cancelled", cancelled), ("aborted", aborted),
            ("abandoned", abandoned), ("refused", refused),
        ] {
            text += "worker_pool_jobs_total{\(label),end=\"\(end)\"} \(value)\n"
        }
        for (name, timing) in [("wait", waitTime), ("run", runTime)] {
            let metric = "worker_pool_job_\(name)_seconds"
            text += "# TYPE \(metric) counter\n# UNIT \(metric) seconds\n"
            text += "\(metric)_total{\(label)} \(Double(timing.totalNanoseconds) / 1e9)\n"
            text += "# TYPE \(metric)_longest gauge\n"
            text += "\(metric)_longest{\(label)} \(Double(timing.longestNanoseconds) / 1e9)\n"
        }
        return text
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
