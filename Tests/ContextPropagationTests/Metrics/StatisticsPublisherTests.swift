#if Metrics
import ContextPropagation
import CoreMetrics
import MetricsTestKit
import TestSupport
import Testing

@Suite("Statistics through swift-metrics", .timeLimit(.minutes(10)))
struct StatisticsPublisherTests {
    private struct Source: OpenMetricsSource {
        var hits = 0
        var size = 0.0
        var times = LatencyHistogram()
        var labels = ["cache": "frames"]

        func write(to metrics: inout OpenMetrics) {
            metrics.counter("cache_hits", help: "Hits", hits, labels: labels)
            metrics.gauge("cache_size", help: "Size", size, labels: labels)
            metrics.histogram("cache_time_seconds", help: "Time", times, labels: labels)
        }
    }

    private static let dimensions = [("service", "detector"), ("cache", "frames")]

    @Test("A counter gets the increase, a gauge the value and a timer each new duration, with the labels as dimensions")
    func values() throws {
        let source = Locked(Source())
        let backend = TestMetrics()
        let publisher = StatisticsPublisher(dimensions: [("service", "detector")], factory: backend) { [source.value] }
        source.change {
            $0.hits = 3
            $0.size = 1.5
            $0.times.record(.milliseconds(3))
            $0.times.record(.microseconds(1))
        }
        publisher.publish()
        source.change {
            $0.hits = 5
            $0.size = 0.5
            $0.times.record(.milliseconds(4))
            $0.times.record(.seconds(300))
        }
        publisher.publish()
        publisher.publish()
        #expect(try backend.expectCounter("cache_hits_total", Self.dimensions).values == [3, 2])
        #expect(try backend.expectGauge("cache_size", Self.dimensions).values == [1.5, 0.5, 0.5])
        // The middles of 0 to 10 µs and of 2 to 5 ms, and the longest duration above all ranges.
        let times = try backend.expectTimer("cache_time_seconds", Self.dimensions).values
        #expect(times == [5_000, 3_500_000, 3_500_000, 300_000_000_000])
    }

    @Test("Sources with the same labels are added, and a counter does not count the rest again when one of them ends")
    func ended() throws {
        let sources = Locked([Source(hits: 10), Source(hits: 5)])
        let backend = TestMetrics()
        let publisher = StatisticsPublisher(factory: backend) { sources.value }
        publisher.publish()
        sources.change { _ = $0.removeFirst() }
        publisher.publish()
        sources.change { $0[0].hits = 7 }
        publisher.publish()
        #expect(try backend.expectCounter("cache_hits_total", [("cache", "frames")]).totalValue == 17)
    }

    @Test("The metrics of a source that is gone are destroyed, and others stay")
    func gone() throws {
        let sources = Locked([Source(hits: 1), Source(hits: 1, labels: ["cache": "faces"])])
        let backend = TestMetrics()
        let publisher = StatisticsPublisher(factory: backend) { sources.value }
        publisher.publish()
        #expect(backend.counters.count == 2)
        sources.change { _ = $0.removeLast() }
        publisher.publish()
        #expect(backend.counters.map(\.dimensions.first?.1) == ["frames"])
        #expect(backend.recorders.count == 1 && backend.timers.count == 1)
    }

    @Test("A publisher that began before the bootstrap of swift-metrics publishes everything after it")
    func early() async {
        await #expect(processExitsWith: .success) { try StatisticsPublisherTests.earlyAlone() }
    }

    static func earlyAlone() throws {
        let publisher = StatisticsPublisher { [Source(hits: 3, size: 1.5)] }
        publisher.publish()
        let backend = TestMetrics()
        MetricsSystem.bootstrap(backend)
        publisher.publish()
        publisher.publish()
        #expect(try backend.expectCounter("cache_hits_total", [("cache", "frames")]).values == [3])
        #expect(try backend.expectGauge("cache_size", [("cache", "frames")]).values == [1.5, 1.5])
        #expect(backend.timers.count == 1)
    }

    @Test("A publisher with the longest interval publishes at its start and at its end")
    func longestInterval() async {
        await #expect(processExitsWith: .success) {
            let published = Count()
            let publisher = StatisticsPublisher(every: .seconds(Int64.max), factory: TestMetrics()) {
                published.add()
                return []
            }
            let run = Task { await publisher.run() }
            await until { published.value == 1 }
            run.cancel()
            await run.value
            #expect(published.value == 2)
        }
    }

    @Test("A running publisher publishes until it is cancelled, and once more at its end")
    func run() async throws {
        let source = Locked(Source(hits: 1))
        let backend = TestMetrics()
        let publisher = StatisticsPublisher(every: .milliseconds(1), factory: backend) { [source.value] }
        let run = Task { await publisher.run() }
        await until { (try? backend.expectGauge("cache_size", [("cache", "frames")]).values.count) ?? 0 > 2 }
        let last = StatisticsPublisher(every: .seconds(3600), factory: backend) {
            [Source(hits: source.value.hits, labels: ["cache": "last"])]
        }
        let lastRun = Task { await last.run() }
        await until { (try? backend.expectCounter("cache_hits_total", [("cache", "last")])) != nil }
        source.change { $0.hits = 9 }
        run.cancel()
        lastRun.cancel()
        await run.value
        await lastRun.value
        #expect(try backend.expectCounter("cache_hits_total", [("cache", "last")]).totalValue == 9)
    }

    @Test("Every number of a pool's text is published under the same name")
    func pool() async throws {
        let backend = TestMetrics()
        try await withWorkerPool(.init(name: "resize", workers: 2)) { pool in
            for _ in 0..<3 { try await pool.submit {}.value }
            let publisher = StatisticsPublisher(factory: backend) { [pool.statistics] }
            await until { pool.statistics.done == 3 }
            publisher.publish()
            let families = pool.statistics.openMetrics.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            var names = Set(backend.counters.map(\.label)).union(backend.recorders.map(\.label))
            names.formUnion(backend.timers.map(\.label))
            let wanted = families.map { line in
                let parts = line.split(separator: " ")
                return String(parts[2]) + (parts[3] == "counter" ? "_total" : "")
            }
            #expect(!wanted.isEmpty && names == Set(wanted))
        }
        let done = try backend.expectCounter("worker_pool_jobs_total", [("end", "done"), ("pool", "resize")])
        #expect(done.totalValue == 3)
        let times = try backend.expectTimer("worker_pool_job_run_seconds", [("pool", "resize")]).values
        #expect(times.count == 3)
    }
}
#endif
