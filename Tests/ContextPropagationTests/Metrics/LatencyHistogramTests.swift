import Testing

@testable import ContextPropagation

@Suite("Latency histograms", .timeLimit(.minutes(10)))
struct LatencyHistogramTests {
    @Test("Each duration is counted in the first range whose bound it does not exceed")
    func ranges() {
        #expect(LatencyHistogram.rangeCount == LatencyHistogram.nanosecondBounds.count + 1)
        var random = SystemRandomNumberGenerator()
        var durations: [UInt64] = [0, 1, .max]
        for bound in LatencyHistogram.nanosecondBounds { durations += [bound - 1, bound, bound + 1] }
        for digits in 0..<64 { durations.append(UInt64.random(in: 0...(.max >> UInt64(digits)), using: &random)) }
        for duration in durations {
            let expected = LatencyHistogram.nanosecondBounds.firstIndex { duration <= $0 }
            #expect(LatencyHistogram.range(of: duration) == expected ?? LatencyHistogram.nanosecondBounds.count)
        }
    }

    @Test("The sum, the longest duration and the quantiles match the recorded durations")
    func quantiles() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == .zero)
        #expect(histogram.longest == .zero)
        for _ in 0..<99 { histogram.record(.milliseconds(1)) }
        histogram.record(.seconds(30))
        #expect(histogram.count == 100)
        #expect(histogram.total == .milliseconds(30_099))
        #expect(histogram.longest == .seconds(30))
        #expect(histogram.quantile(0.5) == .milliseconds(1))
        #expect(histogram.quantile(0.99) == .milliseconds(1))
        #expect(histogram.quantile(1) == .seconds(50))
        #expect((histogram + histogram).count == 200)
        #expect((histogram + histogram).longest == .seconds(30))
    }

    @Test("Durations that do not fit into an integer of nanoseconds do not trap")
    func extremes() {
        var histogram = LatencyHistogram()
        for duration: Duration in [.seconds(Int64.max), .seconds(Int64.min), .seconds(-1), .nanoseconds(Int64.max)] {
            histogram.record(duration)
        }
        #expect(histogram.counts.first == 2)
        #expect(histogram.counts.last == 2)
        #expect(histogram.quantile(.nan) >= .zero)
        #expect(histogram.quantile(-1) == .microseconds(10))
        #expect(histogram.quantile(2) == .seconds(100))
    }

    @Test("A recorder returns the histogram of its durations")
    func recorder() {
        let recorder = LatencyRecorder()
        var histogram = LatencyHistogram()
        for number in 0..<1000 {
            let nanoseconds = UInt64(number) * UInt64(number) * 1000
            recorder.record(nanoseconds: nanoseconds)
            histogram.record(nanoseconds: nanoseconds)
        }
        #expect(recorder.histogram == histogram)
    }
}
