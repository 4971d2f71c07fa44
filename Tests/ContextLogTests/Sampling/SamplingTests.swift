import ContextLog
import ContextPropagation
import PropagationTesting
import Testing

@testable import ContextLog

@Suite("Sampling", .timeLimit(.minutes(10)))
struct SamplingTests {
    private struct Failure: Error {}

    @Test("Every third line of a log is logged, and reports the number of suppressed lines")
    func everyThird() {
        let log = Log("sampling.every").sampled(.every(3))
        let lines = capturedLines { for number in 0..<7 { log.info("line") { $0.number = number } } }
        #expect(lines.map { $0["number"] } == [.integer(0), .integer(3), .integer(6)])
        #expect(lines.map { $0["suppressed"] } == [nil, .integer(2), .integer(2)])
        let statistics = LogSampling.statistics.first { $0.place == "sampling.every" }
        #expect(statistics?.logged == 3)
        #expect(statistics?.suppressed == 4)
    }

    @Test("An error is always logged, and reports the lines that were suppressed before it")
    func errors() {
        let log = Log("sampling.never").sampled(.never)
        let lines = capturedLines {
            log.warning("left out")
            log.error("an error")
            log.critical("worse")
        }
        #expect(lines.messages == ["an error", "worse"])
        #expect(lines.first?["suppressed"] == .integer(1))
    }

    @Test("A suppressed line evaluates nothing")
    func evaluation() {
        let log = Log("sampling.evaluation").sampled(.never)
        func fail() -> String {
            Issue.record("evaluated")
            return ""
        }
        let lines = capturedLines { log.info(fail()) { $0.field = fail() } }
        #expect(lines.isEmpty)
    }

    @Test("A ratio makes one decision for all lines of a trace, and logs about its part of the traces")
    func ratio() {
        let log = Log("sampling.ratio").sampled(.ratio(0.25))
        let lines = capturedLines {
            for _ in 0..<4000 {
                LogContext.$current.withValue(.newTrace()) {
                    log.info("first")
                    log.info("second")
                }
            }
        }
        #expect(lines.byTrace.values.allSatisfy { $0.messages == ["first", "second"] })
        // The range is twelve standard deviations to either side.
        #expect((670...1330).contains(lines.byTrace.count))
    }

    @Test("A rate logs its number of lines in each second")
    func perSecond() {
        let sampler = LogSampler(.perSecond(2), at: "test")
        #expect((0..<5).filter { _ in sampler.isWithin(2, 100) }.count == 2)
        #expect((0..<5).filter { _ in sampler.isWithin(2, 101) }.count == 2)
    }

    @Test("A late thread that still has the previous second does not begin a third one")
    func lateThread() {
        let sampler = LogSampler(.perSecond(2), at: "test")
        #expect(
            [101, 100, 101, 100, 101, 100].map { sampler.isWithin(2, $0) } == [true, true, false, false, false, false]
        )
    }

    @Test("A rate limits the lines of a log, for any events in between")
    func perSecondLog() {
        let log = Log("sampling.rate").sampled(.perSecond(3))
        let clock = ContinuousClock()
        let since = clock.now
        let lines = capturedLines { for _ in 0..<2_000 { log.notice("line") } }
        let seconds = Int(since.duration(to: clock.now).components.seconds) + 2
        #expect((3...3 * seconds).contains(lines.count))
        #expect(lines.count < 2_000)
    }

    @Test(
        "A ratio keeps the traces that OpenTelemetry's probability sampling keeps: those with a high end",
        arguments: [0.25, 0.5]
    )
    func threshold(part: Double) {
        let log = Log("sampling.threshold").sampled(.ratio(part))
        let threshold = UInt64((1 - part) * 0x1p56)
        for (word, isKept) in [(threshold, true), (threshold - 1, false), (1, false), (0xFF_FFFF_FFFF_FFFF, true)] {
            // The first byte of the lower half is not among the 56 bits.
            for high in [UInt64(0), 0xFF] {
                let digits = String(word | high << 56, radix: 16)
                let trace = String(repeating: "a", count: 32 - digits.count) + digits
                guard high == 0xFF || digits.count == 14 else { continue }
                let context = LogContext(traceID: TraceID(trace))
                let lines = capturedLines { LogContext.$current.withValue(context) { log.info("line") } }
                #expect(lines.isEmpty != isKept, "\(trace)")
            }
        }
    }

    @Test("A ratio makes one decision for all lines of a correlation ID, in every process")
    func ratioOfCorrelation() {
        let log = Log("sampling.correlation").sampled(.ratio(0.5))
        let lines = capturedLines {
            for number in 0..<200 {
                for _ in 0..<3 {
                    LogContext.$current.withValue(LogContext(correlationID: "order-\(number)")) { log.info("line") }
                }
            }
        }
        #expect(lines.byTrace.values.allSatisfy { $0.count == 3 })
        #expect((60...140).contains(lines.byTrace.count))
    }

    @Test("A limit on durations logs every line of a log, because a log has no durations")
    func slowerLog() {
        let log = Log("sampling.slower").sampled(.slower(than: .seconds(3600)))
        #expect(capturedLines { log.info("line") }.count == 1)
    }

    @Test("A monitored task without its own sampling asks the sampling of its log, once")
    func samplingOfTheLog() {
        let log = Log("sampling.monitored").sampled(.every(3))
        let lines = capturedLines { for _ in 0..<6 { monitorTask("step", log: log) {} } }
        #expect(lines.count == 2)
        #expect(lines.last?["suppressed"] == .integer(2))
    }

    @Test("The notice of a cancelled task is sampled like a line of success")
    func sampledNotice() {
        let lines = capturedLines {
            for _ in 0..<4 {
                try? monitorTask("wait", sampling: .every(2)) { () throws in throw CancellationError() }
            }
        }
        #expect(lines.messages == ["Task wait cancelled", "Task wait cancelled"])
    }

    @Test("Only a task that took longer than the limit is logged, and a failure always")
    func slower() {
        let lines = capturedLines {
            monitorTask("quick", sampling: .slower(than: .seconds(3600))) {}
            monitorTask("slow", sampling: .slower(than: .zero)) {}
            try? monitorTask("failed", sampling: .slower(than: .seconds(3600))) { throw Failure() }
        }
        #expect(lines.messages == ["Task slow success", "Task failed failed"])
    }

    @Test("A monitored task counts separately for each call in the source, and reports its suppressed lines")
    func monitored() {
        let lines = capturedLines {
            for number in 0..<5 {
                monitorTask("step", sampling: .every(4)) {
                } fields: { _, fields in
                    fields.number = number
                }
            }
        }
        #expect(lines.map { $0["number"] } == [.integer(0), .integer(4)])
        #expect(lines.last?["suppressed"] == .integer(3))
    }

    @Test("Parts and numbers that are out of range log everything or nothing")
    func bounds() {
        #expect(LogSampling.ratio(.nan) == .always)
        #expect(LogSampling.ratio(2) == .always)
        #expect(LogSampling.ratio(-1) == .never)
        #expect(LogSampling.every(0) == .always)
        #expect(LogSampling.perSecond(0) == .never)
    }
}
