/// Decides which of many similar lines are logged: the lines of a ``Log/sampled(_:)`` log, or the success lines of a
/// monitored task.
///
/// Errors are always logged: every line of `ERROR` and above, and every failure of a monitored task. Suppressed lines
/// are counted. The next logged line reports their number as `suppressed`, and ``statistics`` reports all numbers.
///
/// A policy is a plain value. Its counts belong to the place of its use, which is the call of a monitored task or the
/// label of a log. The counts live as long as the process. Write the policy where you need it:
///
///     try monitorTask("decode", sampling: .perSecond(2)) { try decoder.next() }
public struct LogSampling: Sendable, Hashable {
    enum Policy: Hashable {
        case always
        case never
        case every(Int)
        case ratio(Double)
        case perSecond(Int)
        case slower(Duration)
    }

    let policy: Policy

    /// Logs every line.
    public static let always = LogSampling(policy: .always)

    /// Logs only errors.
    public static let never = LogSampling(policy: .never)

    /// Logs the first of each `count` lines. A count below 2 logs every line.
    public static func every(_ count: Int) -> LogSampling {
        count < 2 ? .always : LogSampling(policy: .every(count))
    }

    /// Logs all lines of a part of the traces.
    ///
    /// The trace ID decides, so every process with the same part makes the same decision for a trace. A context without
    /// a trace ID is decided by its correlation ID. A line without either ID is decided at random.
    ///
    /// Specification: [OpenTelemetry, TraceState: Probability
    /// Sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/). The policy compares
    /// the last 56 bits of the trace ID with the threshold of the suppressed part. Those bits are random by [W3C Trace
    /// Context Level 2, section 3.2.2.5.2](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag).
    ///
    /// - Parameter part: A number from 0 to 1. A NaN counts as 1, so that no line is lost.
    public static func ratio(_ part: Double) -> LogSampling {
        part.isNaN || part >= 1 ? .always : part <= 0 ? .never : LogSampling(policy: .ratio(part))
    }

    /// Logs the first `count` lines of each second. A count below 1 logs only errors.
    public static func perSecond(_ count: Int) -> LogSampling {
        count < 1 ? .never : LogSampling(policy: .perSecond(count))
    }

    /// Logs the monitored tasks that took longer than this. A log has no durations, so it logs every line.
    public static func slower(than duration: Duration) -> LogSampling {
        LogSampling(policy: .slower(duration))
    }
}

extension LogSampling: CustomStringConvertible {
    public var description: String {
        switch policy {
        case .always: "always"
        case .never: "never"
        case .every(let count): "every(\(count))"
        case .ratio(let part): "ratio(\(part))"
        case .perSecond(let count): "perSecond(\(count))"
        case .slower(let duration): "slower(than: \(duration))"
        }
    }
}

extension LogSampling {
    /// The counts of one place.
    public struct Statistics: Sendable, Hashable {
        /// `Module/File.swift:12` for a monitored task, or the label of a log.
        public let place: String
        /// The policy.
        public let sampling: LogSampling
        /// The number of logged lines, including errors.
        public let logged: Int
        /// The number of suppressed lines.
        public let suppressed: Int
    }

    /// The counts of every place that samples, sorted by place.
    public static var statistics: [Statistics] { LogSampler.statistics }
}
