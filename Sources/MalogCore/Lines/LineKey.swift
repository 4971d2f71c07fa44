/// The top-level members of a line that malog knows, in all schemas.
///
/// The first 16 are those of the default schema, in the order in which a line has them.
package enum LineKey: UInt8, CaseIterable, Sendable {
    case timestamp
    case level
    case message
    case serviceName
    case logger
    case sourceLine
    case traceID
    case executionID
    case taskID
    case spanID
    case traceFlags
    case parentSpanID
    case attributes
    case exceptionType
    case exceptionMessage
    case exceptionStacktrace

    case elasticTime
    case elasticLevel
    case elasticVersion
    case elasticDataset
    case sourceFile
    case sourceFunction
    case elasticTrace
    case elasticSpan
    case elasticLabels
    case errorType
    case errorMessage
    case elasticStackTrace

    case googleTime
    case googleSeverity
    case googleService
    case googleSource
    case googleTrace
    case googleSpan
    case googleSampled
    case googleLabels
    case googleStackTrace

    case datadogStatus
    case datadogService
    case datadogTracedService
    case datadogEnvironment
    case datadogVersion
    case datadogLogger
    case datadogMethod
    case datadogTrace
    case correlationID
    case datadogSpan
    case datadogErrorKind
    case datadogErrorStack

    case resourceSpans

    package var name: StaticString {
        switch self {
        case .timestamp: "timestamp"
        case .level: "level"
        case .message: "message"
        case .serviceName: "service.name"
        case .logger: "log.logger"
        case .sourceLine: "log.origin.file.line"
        case .traceID: "trace_id"
        case .executionID: "execution_id"
        case .taskID: "task_id"
        case .spanID: "span_id"
        case .traceFlags: "trace_flags"
        case .parentSpanID: "parent_span_id"
        case .attributes: "attributes"
        case .exceptionType: "exception.type"
        case .exceptionMessage: "exception.message"
        case .exceptionStacktrace: "exception.stacktrace"
        case .elasticTime: "@timestamp"
        case .elasticLevel: "log.level"
        case .elasticVersion: "ecs.version"
        case .elasticDataset: "event.dataset"
        case .sourceFile: "log.origin.file.name"
        case .sourceFunction: "log.origin.function"
        case .elasticTrace: "trace.id"
        case .elasticSpan: "span.id"
        case .elasticLabels: "labels"
        case .errorType: "error.type"
        case .errorMessage: "error.message"
        case .elasticStackTrace: "error.stack_trace"
        case .googleTime: "time"
        case .googleSeverity: "severity"
        case .googleService: "serviceContext"
        case .googleSource: "logging.googleapis.com/sourceLocation"
        case .googleTrace: "logging.googleapis.com/trace"
        case .googleSpan: "logging.googleapis.com/spanId"
        case .googleSampled: "logging.googleapis.com/trace_sampled"
        case .googleLabels: "logging.googleapis.com/labels"
        case .googleStackTrace: "stack_trace"
        case .datadogStatus: "status"
        case .datadogService: "service"
        case .datadogTracedService: "dd.service"
        case .datadogEnvironment: "dd.env"
        case .datadogVersion: "dd.version"
        case .datadogLogger: "logger.name"
        case .datadogMethod: "logger.method_name"
        case .datadogTrace: "dd.trace_id"
        case .correlationID: "correlation_id"
        case .datadogSpan: "dd.span_id"
        case .datadogErrorKind: "error.kind"
        case .datadogErrorStack: "error.stack"
        case .resourceSpans: "resourceSpans"
        }
    }

    /// The type of the value in a valid line.
    package var type: ValueType {
        switch self {
        case .sourceLine: .number
        case .attributes, .elasticLabels, .googleService, .googleSource, .googleLabels: .object
        case .googleSampled: .bool
        case .resourceSpans: .array
        default: .string
        }
    }
}

/// The type of a JSON value.
package enum ValueType: UInt8, Sendable {
    case string
    case number
    case bool
    case null
    case object
    case array

    package var description: String {
        switch self {
        case .string: "a string"
        case .number: "a number"
        case .bool: "true or false"
        case .null: "null"
        case .object: "an object"
        case .array: "an array"
        }
    }
}

/// A set of keys.
package struct LineKeys: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package init(_ keys: [LineKey]) {
        rawValue = keys.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    @inline(__always)
    package init(_ key: LineKey) {
        rawValue = 1 << UInt64(key.rawValue)
    }

    /// The key that comes first in ``LineKey``, or nil in an empty set.
    package var first: LineKey? { LineKey(rawValue: UInt8(rawValue.trailingZeroBitCount)) }
}
