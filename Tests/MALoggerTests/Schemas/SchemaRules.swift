import Foundation
import Testing

@testable import MALogger

/// The published rules of one vendor. Each returns the faults of a line, as sentences.
struct SchemaRules: Sendable {
    let name: String
    let faults: @Sendable (_ members: [LogFieldValue.Member]) -> [String]

    static let all = [elastic, googleCloud, datadog]

    /// The type of a value that a specification asks for.
    enum Kind {
        case string, integer, boolean, time

        func accepts(_ value: LogFieldValue) -> Bool {
            switch (self, value) {
            case (.string, .string), (.integer, .integer), (.boolean, .bool): true
            case (.time, .string(let text)): SchemaRules.isTime(text)
            default: false
            }
        }
    }

    /// RFC 3339, section 5.6, in UTC.
    static func isTime(_ text: String) -> Bool {
        guard text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z/) != nil else { return false }
        return (try? Date(text, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))) != nil
    }

    static func value(_ name: String, _ members: [LogFieldValue.Member]) -> LogFieldValue? {
        LogFieldValue.object(members)[name]
    }
}

extension SchemaRules {
    /// github.com/elastic/ecs-logging, spec/spec.json: each field with its type, and whether it is required, and the
    /// three whose order is given. The rest are fields of the ECS reference 8.11 with the same types.
    static let elastic = SchemaRules(name: "ecs") { members in
        let order = ["@timestamp", "log.level", "message"]
        let required = ["@timestamp", "log.level", "ecs.version"]
        let fields: [String: Kind] = [
            "@timestamp": .time, "log.level": .string, "message": .string, "ecs.version": .string,
            "trace.id": .string, "span.id": .string, "transaction.id": .string, "service.name": .string,
            "service.version": .string, "event.dataset": .string, "process.thread.name": .string,
            "log.logger": .string, "log.origin.file.line": .integer, "log.origin.file.name": .string,
            "log.origin.function": .string, "error.type": .string, "error.message": .string,
            "error.stack_trace": .string,
        ]
        var faults: [String] = []
        if Array(members.map(\.name).prefix(3)) != order { faults.append("the first fields are not \(order)") }
        for name in required where value(name, members) == nil { faults.append("\(name) is missing") }
        for member in members {
            if let kind = fields[member.name] {
                if !kind.accepts(member.value) { faults.append("\(member.name) is no \(kind)") }
            } else if member.name == "labels" {
                // Keys have no dots, asterisks or backslashes; values do not nest.
                guard case .object(let labels) = member.value else { return ["labels are no object"] }
                for label in labels {
                    if label.name.contains(where: { ".*\\".contains($0) }) { faults.append("the label \(label.name)") }
                    if case .string = label.value { continue }
                    faults.append("the label \(label.name) is no keyword")
                }
            } else if member.name != "attributes" {
                // A field of the application must not have a name of ECS. "attributes" is none of its field sets.
                faults.append("\(member.name) is no field of ECS")
            }
        }
        return faults
    }

    /// cloud.google.com/logging/docs/structured-logging, special fields, and the REST reference of LogEntry.
    static let googleCloud = SchemaRules(name: "gcp") { members in
        let severities = [
            "DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY",
        ]
        let prefix = "logging.googleapis.com/"
        var faults: [String] = []
        for member in members {
            switch (member.name, member.value) {
            case ("severity", .string(let text)):
                if !severities.contains(text) { faults.append("the severity \(text)") }
            case ("time", .string(let text)):
                if !isTime(text) { faults.append("the time \(text)") }
            case (prefix + "trace", .string(let text)):
                let name = /projects\/[a-z][a-z0-9.:-]+\/traces\/[0-9a-f]{32}/
                if text.wholeMatch(of: name) == nil { faults.append("the trace \(text)") }
            case (prefix + "spanId", .string(let text)):
                if text.wholeMatch(of: /[0-9a-f]{16}/) == nil { faults.append("the span \(text)") }
            case (prefix + "labels", .object(let labels)):
                if labels.count > 64 { faults.append("more than 64 labels") }
                for label in labels {
                    if case .string = label.value { continue }
                    faults.append("the label \(label.name) is no string")
                }
            case (prefix + "sourceLocation", .object(let parts)):
                if Set(parts.map(\.name)) != ["file", "line", "function"] { faults.append("the parts of the place") }
                for part in parts {
                    guard case .string(let text) = part.value else {
                        faults.append("\(part.name) is no string")
                        continue
                    }
                    if part.name == "line", Int64(text) == nil { faults.append("the line \(text)") }
                }
            case ("serviceContext", .object(let parts)):
                if parts.map(\.name) != ["service"] { faults.append("the parts of the service") }
            case (prefix + "trace_sampled", .bool), ("message", .string), ("attributes", .object),
                ("log.logger", .string),
                ("exception.type", .string), ("exception.message", .string), ("stack_trace", .string):
                break
            default:
                faults.append("\(member.name) has a wrong type, or is unknown")
            }
        }
        for name in ["severity", "time", "message"] where value(name, members) == nil {
            faults.append("\(name) is missing")
        }
        return faults
    }

    /// docs.datadoghq.com: reserved attributes, preprocessing of JSON logs, the standard attributes of source code, and
    /// the formats of IDs of Datadog's tracers.
    static let datadog = SchemaRules(name: "datadog") { members in
        let fields: [String: Kind] = [
            "timestamp": .time, "status": .string, "message": .string, "service": .string, "dd.service": .string,
            "dd.env": .string, "dd.version": .string, "dd.trace_id": .string, "dd.span_id": .string,
            "logger.name": .string, "logger.method_name": .string, "error.kind": .string, "error.message": .string,
            "error.stack": .string,
            // Attributes of ma-logger: no name is reserved.
            "log.origin.file.name": .string, "log.origin.file.line": .integer, "execution_id": .string,
            "task_id": .string, "correlation_id": .string, "trace_flags": .string, "parent_span_id": .string,
        ]
        let reserved: Set<String> = [
            "host", "hostname", "source", "ddsource", "ddtags", "trace_id", "level", "severity",
        ]
        var faults: [String] = []
        for member in members where member.name != "attributes" {
            if reserved.contains(member.name) { faults.append("\(member.name) is reserved") }
            guard let kind = fields[member.name] else {
                faults.append("\(member.name) is unknown")
                continue
            }
            if !kind.accepts(member.value) { faults.append("\(member.name) is no \(kind)") }
        }
        for name in ["timestamp", "status", "message", "service"] where value(name, members) == nil {
            faults.append("\(name) is missing")
        }
        if case .string(let text)? = value("dd.trace_id", members) {
            let isHex = text.wholeMatch(of: /[0-9a-f]{32}/) != nil && !text.hasPrefix(String(repeating: "0", count: 16))
            if !isHex, UInt64(text) == nil { faults.append("the trace \(text)") }
        }
        if case .string(let text)? = value("dd.span_id", members), UInt64(text) == nil {
            faults.append("the span \(text)")
        }
        return faults
    }

    /// The status that Datadog's remapper makes of a text.
    static func datadogStatus(_ text: String) -> String {
        let text = text.lowercased()
        let prefixes = [
            ("emerg", "emerg"), ("f", "emerg"), ("a", "alert"), ("c", "critical"), ("e", "error"), ("w", "warning"),
            ("n", "notice"), ("i", "info"), ("d", "debug"), ("t", "debug"), ("v", "debug"), ("o", "ok"), ("s", "ok"),
        ]
        return prefixes.first { text.hasPrefix($0.0) }?.1 ?? "info"
    }
}
