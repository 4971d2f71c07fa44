/// Which of many like lines are let through: those of a ``Log/sampled(_:)`` log, or the success lines of a monitored
/// task.
///
/// Errors are always logged: every line of `ERROR` and above, and every failure of a monitored task. What was left out
/// is counted; the next line that is let through says how many as `suppressed`, and so does ``statistics``.
///
/// A policy is a plain value. What it counts belongs to the place where it is used: the call of a monitored task, or
/// the label of a log, and is kept as long as the process, for each policy that the place has had. So a policy is a
/// constant that can be written where it is needed:
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

    /// Every line.
    public static let always = LogSampling(policy: .always)

    /// No line but errors.
    public static let never = LogSampling(policy: .never)

    /// The first line of each `count`; less than 2 is every line.
    public static func every(_ count: Int) -> LogSampling {
        count < 2 ? .always : LogSampling(policy: .every(count))
    }

    /// That part of all traces, 0 to 1, with all lines of each: decided by the trace ID, so that every process that
    /// sees the trace and asks for the same part decides alike. Outside of a trace each line is decided by chance.
    ///
    /// Specification: [OpenTelemetry, TraceState: Probability
    /// Sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/): the last 56 bits of
    /// the trace ID, which [W3C Trace Context Level 2, section
    /// 3.2.2.5.2](https://www.w3.org/TR/trace-context-2/#random-trace-id-flag) wants to be random, are compared with
    /// the threshold of the part that is left out.
    ///
    /// - Parameter part: What is not a number is 1: better all lines than none.
    public static func ratio(_ part: Double) -> LogSampling {
        part.isNaN || part >= 1 ? .always : part <= 0 ? .never : LogSampling(policy: .ratio(part))
    }

    /// The first `count` lines of each second; less than 1 is none.
    public static func perSecond(_ count: Int) -> LogSampling {
        count < 1 ? .never : LogSampling(policy: .perSecond(count))
    }

    /// What took longer than this. Only a monitored task knows how long: any other line of a log is let through.
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
    /// What one place has let through and left out so far.
    public struct Statistics: Sendable, Hashable {
        /// The place: `Module/File.swift:12` of a monitored task, or the label of a log.
        public let place: String
        /// What is asked for there.
        public let sampling: LogSampling
        /// Lines that were let through, errors too.
        public let logged: Int
        /// Lines that were left out.
        public let suppressed: Int
    }

    /// What every place that samples has let through and left out so far, sorted by place.
    public static var statistics: [Statistics] { LogSampler.all }
}
