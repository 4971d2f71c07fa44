import Foundation
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("OpenMetrics", .timeLimit(.minutes(10)))
struct OpenMetricsTests {
    private struct Source: OpenMetricsSource {
        let body: @Sendable (inout OpenMetrics) -> Void
        func write(to metrics: inout OpenMetrics) { body(&metrics) }
    }

    private static func pool(_ name: String, running: Int) -> WorkerPool.Statistics {
        var statistics = WorkerPool.Statistics()
        statistics.pool = name
        statistics.running = running
        statistics.done = 3
        for nanoseconds in [5_000, 15_000, 2_000_000_000, 200_000_000_000] {
            statistics.runTime.record(nanoseconds: UInt64(nanoseconds))
        }
        return statistics
    }

    /// Two pools, one of them twice, and names and labels that the format does not allow unchanged.
    private static let text = OpenMetrics.text(of: [
        pool("resize", running: 2), pool("say \"hi\" to C:\\\nnow", running: 1), pool("resize", running: 40),
        Source { metrics in
            metrics.gauge("9 lives.left", help: "A \"help\" with \\ and\na line", 0.25, labels: ["le bel": "ü"])
            metrics.gauge("load", help: "Infinite", .infinity)
            metrics.counter("worker_pool_jobs", help: "Another help", 5, labels: ["end": "done", "pool": "resize"])
            metrics.gauge("worker_pool_jobs", help: "Another type", 1)
            metrics.gauge("worker_pool_jobs_total", help: "The name of a counter's sample", 1)
        },
    ])

    @Test("Families of several sources are merged, with one type, one help and one end")
    func families() {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.suffix(2) == ["# EOF", ""])
        #expect(lines.filter { $0 == "# EOF" }.count == 1)
        let heads = lines.filter { $0.hasPrefix("# TYPE") || $0.hasPrefix("# HELP") }.map {
            $0.split(separator: " ").prefix(3).joined(separator: " ")
        }
        #expect(Set(heads).count == heads.count)
        #expect(lines.contains(#"worker_pool_running_jobs{pool="resize"} 42"#))
        #expect(lines.contains(#"worker_pool_running_jobs{pool="say \"hi\" to C:\\\nnow"} 1"#))
        #expect(lines.contains(#"worker_pool_jobs_total{end="done",pool="resize"} 11"#))
        #expect(!lines.contains { $0.hasPrefix("worker_pool_jobs 1") || $0.hasPrefix("worker_pool_jobs_total 1") })
        #expect(lines.contains(#"_9_lives_left{le_bel="ü"} 0.25"#))
        #expect(lines.contains("load +Inf"))
    }

    @Test("A histogram has cumulative buckets, a count and a sum")
    func histogram() {
        let lines = Self.text.split(separator: "\n").map(String.init)
        let name = "worker_pool_job_run_seconds"
        #expect(lines.contains("# TYPE \(name) histogram"))
        for (bound, count) in [("1e-05", 2), ("2e-05", 4), ("1.0", 4), ("2.0", 6), ("100.0", 6), ("+Inf", 8)] {
            #expect(lines.contains("\(name)_bucket{pool=\"resize\",le=\"\(bound)\"} \(count)"))
        }
        #expect(lines.contains("\(name)_count{pool=\"resize\"} 8"))
        #expect(lines.contains("\(name)_sum{pool=\"resize\"} \(404.00004)"))
    }

    /// `INTEROP_PYTHON` is the path of a Python with prometheus-client.
    @Test(
        "The parser of Prometheus's own client reads the text",
        .enabled(if: ProcessInfo.processInfo.environment["INTEROP_PYTHON"] != nil, "INTEROP_PYTHON is not set")
    )
    func parser() async throws {
        let python = try #require(ProcessInfo.processInfo.environment["INTEROP_PYTHON"])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("metrics-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(Self.text.utf8).write(to: file)
        let script = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
            for family in families(open(sys.argv[1], encoding="utf-8").read()):
                for sample in family.samples:
                    print(family.type, sample.name, sorted(sample.labels.items()), sample.value)
            """
        let lines = try await Program(path: python).run("-c", script, file.path).map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(lines.contains("gauge worker_pool_running_jobs [('pool', 'resize')] 42"))
        #expect(lines.contains(#"gauge worker_pool_running_jobs [('pool', 'say "hi" to C:\\\nnow')] 1"#))
        #expect(lines.contains("counter worker_pool_jobs_total [('end', 'done'), ('pool', 'resize')] 11"))
        #expect(lines.contains("histogram worker_pool_job_run_seconds_bucket [('le', '+Inf'), ('pool', 'resize')] 8"))
    }
}
