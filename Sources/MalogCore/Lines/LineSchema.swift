/// The schemas of lines, by the names of `LOG_SCHEMA`, and the spans of `LOG_SPANS=otlp`.
package enum LineSchema: String, CaseIterable, Sendable {
    case otel
    case ecs
    case gcp
    case datadog
    case spans

    /// The number of the case.
    @inline(__always)
    var index: Int {
        switch self {
        case .otel: 0
        case .ecs: 1
        case .gcp: 2
        case .datadog: 3
        case .spans: 4
        }
    }

    /// Finds the schema by the key of the level, which differs between all schemas.
    @inline(__always)
    init?(_ keys: LineKeys) {
        if keys.contains(LineKeys(.level)) {
            self = .otel
        } else if keys.contains(LineKeys(.elasticLevel)) {
            self = .ecs
        } else if keys.contains(LineKeys(.googleSeverity)) {
            self = .gcp
        } else if keys.contains(LineKeys(.datadogStatus)) {
            self = .datadog
        } else if keys.contains(LineKeys(.resourceSpans)) {
            self = .spans
        } else if keys.contains(LineKeys(.timestamp)), keys.contains(LineKeys(.message)) {
            self = .otel
        } else {
            return nil
        }
    }

    /// The keys that each line has.
    package var required: LineKeys {
        switch self {
        case .otel: Self.requiredOtel
        case .ecs: Self.requiredElastic
        case .gcp: Self.requiredGoogle
        case .datadog: Self.requiredDatadog
        case .spans: LineKeys(.resourceSpans)
        }
    }

    /// The keys that a line can have.
    package var allowed: LineKeys {
        switch self {
        case .otel: Self.allowedOtel
        case .ecs: Self.allowedElastic
        case .gcp: Self.allowedGoogle
        case .datadog: Self.allowedDatadog
        case .spans: LineKeys(.resourceSpans)
        }
    }

    private static let requiredOtel = LineKeys(LineKey.allCases.filter { $0.rawValue < LineKey.spanID.rawValue })
    private static let allowedOtel = LineKeys(
        LineKey.allCases.filter { $0.rawValue <= LineKey.exceptionStacktrace.rawValue }
    )

    private static let requiredElastic = LineKeys([
        .elasticTime, .elasticLevel, .message, .elasticVersion, .serviceName, .logger,
    ])
    private static let allowedElastic = requiredElastic.union(
        LineKeys([
            .elasticDataset, .sourceFile, .sourceLine, .sourceFunction, .elasticTrace, .elasticSpan, .elasticLabels,
            .attributes, .errorType, .errorMessage, .elasticStackTrace,
        ])
    )

    private static let requiredGoogle = LineKeys([.googleTime, .googleSeverity, .message, .googleService, .logger])
    private static let allowedGoogle = requiredGoogle.union(
        LineKeys([
            .googleSource, .googleTrace, .googleSpan, .googleSampled, .googleLabels, .attributes, .exceptionType,
            .exceptionMessage, .googleStackTrace,
        ])
    )

    private static let requiredDatadog = LineKeys([
        .timestamp, .datadogStatus, .message, .datadogService, .datadogLogger,
    ])
    private static let allowedDatadog = requiredDatadog.union(
        LineKeys([
            .datadogTracedService, .datadogEnvironment, .datadogVersion, .datadogMethod, .sourceFile, .sourceLine,
            .datadogTrace, .correlationID, .datadogSpan, .executionID, .taskID, .traceFlags, .parentSpanID,
            .attributes, .datadogErrorKind, .errorMessage, .datadogErrorStack,
        ])
    )

    package var timeKey: LineKey {
        switch self {
        case .otel, .datadog, .spans: .timestamp
        case .ecs: .elasticTime
        case .gcp: .googleTime
        }
    }

    package var levelKey: LineKey {
        switch self {
        case .otel, .spans: .level
        case .ecs: .elasticLevel
        case .gcp: .googleSeverity
        case .datadog: .datadogStatus
        }
    }

    package var loggerKey: LineKey { self == .datadog ? .datadogLogger : .logger }

    /// The keys of the error's type, message and stack trace.
    package var errorKeys: (type: LineKey, message: LineKey, stack: LineKey) {
        switch self {
        case .otel, .spans: (.exceptionType, .exceptionMessage, .exceptionStacktrace)
        case .ecs: (.errorType, .errorMessage, .elasticStackTrace)
        case .gcp: (.exceptionType, .exceptionMessage, .googleStackTrace)
        case .datadog: (.datadogErrorKind, .errorMessage, .datadogErrorStack)
        }
    }
}
