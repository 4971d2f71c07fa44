extension WorkerPool {
    /// The numbers of a pool at one moment.
    ///
    /// At every moment, `accepted` is the sum of `queued`, `running`, `waiting`, `done`, `failed`, `cancelled`,
    /// `aborted` and `abandoned`.
    public struct Statistics: Sendable, Equatable {
        /// The pool's name.
        public package(set) var pool = ""
        /// Jobs that wait for a worker now.
        public package(set) var queued = 0
        /// Jobs that run now. Never more than ``WorkerPool/Configuration/workers``.
        public package(set) var running = 0
        /// Jobs that have begun and wait for a pool now, or for a slot after such a wait.
        public package(set) var waiting = 0
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
        /// Submissions that wait for room in the queue now.
        public package(set) var suspended = 0

        /// From submission to beginning, over all jobs that have ended.
        public package(set) var waitTime = LatencyHistogram()
        /// From beginning to end, over all jobs that have ended.
        public package(set) var runTime = LatencyHistogram()

        package init() {}
    }
}

extension WorkerPool.Statistics: OpenMetricsSource {
    /// Adds the numbers, each with the label `pool`.
    public func write(to metrics: inout OpenMetrics) {
        metrics.section("worker_pool_", labels: ["pool": pool]) { section in
            section.gauge("queued_jobs", "Jobs that wait for a worker", queued)
            section.gauge("running_jobs", "Jobs that run", running)
            section.gauge("waiting_jobs", "Jobs that wait for a pool", waiting)
            section.gauge("suspended_submissions", "Submissions that wait for room in the queue", suspended)
            let ends = [
                ("done", done), ("failed", failed), ("cancelled", cancelled), ("aborted", aborted),
                ("abandoned", abandoned), ("refused", refused),
            ]
            for (end, count) in ends {
                section.counter("jobs", "Jobs that have ended, and submissions that were refused", count, ["end": end])
            }
            section.histogram("job_wait_seconds", "Time from the submission of a job to its start", waitTime)
            section.histogram("job_run_seconds", "Time from the start of a job to its end", runTime)
        }
    }
}
