internal import ContextLog

extension LogSettings {
    /// The schema with the values that its lines need.
    var lineSchema: any LineSchema {
        switch schema {
        case .otel:
            OpenTelemetrySchema(serviceName: serviceName)
        case .ecs:
            ElasticSchema(serviceName: serviceName)
        case .gcp:
            GoogleCloudSchema(serviceName: serviceName, project: googleCloudProject)
        case .datadog:
            DatadogSchema(serviceName: serviceName, environment: datadog.environment, version: datadog.version)
        }
    }

    /// Reads `LOG_SCHEMA` and the variables that the schema needs.
    ///
    /// - Parameter value: Returns the value of a variable, or nil if it is not set.
    mutating func readSchema(_ value: (String) -> String?) {
        let choice = Self.choice(value("LOG_SCHEMA"), variable: "LOG_SCHEMA", kind: "schema", or: schema, &problems)
        guard let choice else { return }
        schema = choice
        guard format == .json else {
            problems.append("LOG_SCHEMA has no effect, because LOG_FORMAT is \(format.rawValue)")
            return
        }
        switch schema {
        case .otel, .ecs: break
        case .gcp: readGoogleCloudProject(value("GOOGLE_CLOUD_PROJECT"))
        case .datadog: datadog = (value("DD_ENV"), value("DD_VERSION"))
        }
    }

    /// Reads `LOG_PARENT_SPAN_ID`, after `LOG_FORMAT`.
    mutating func readParent(_ text: String?) {
        guard let text else { return }
        switch text.lowercased() {
        case "true", "1": writesParent = true
        case "false", "0": return
        default:
            problems.append(
                "LOG_PARENT_SPAN_ID is \(Self.quote(text)), which is neither true nor false; false is used"
            )
            return
        }
        if format != .json {
            problems.append("LOG_PARENT_SPAN_ID has no effect, because LOG_FORMAT is \(format.rawValue)")
        }
    }

    private mutating func readGoogleCloudProject(_ text: String?) {
        let consequence = "lines have no logging.googleapis.com/trace. Set it to the ID of the project of the traces"
        guard let text else {
            problems.append("GOOGLE_CLOUD_PROJECT is not set, but LOG_SCHEMA is gcp; \(consequence)")
            return
        }
        // Letters, digits and hyphens. An ID in the domain of a company also has dots and a colon.
        let isValid = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-.:".utf8.contains(byte)
        }
        guard isValid else {
            problems.append(
                "GOOGLE_CLOUD_PROJECT is \(Self.quote(text)), which is not the ID of a project; \(consequence)"
            )
            return
        }
        googleCloudProject = text
    }

    /// Reads `LOG_REDACT`.
    ///
    /// - Parameter value: Returns the value of a variable, or nil if it is not set.
    mutating func readRedaction(_ value: (String) -> String?) {
        redactor = value("LOG_REDACT").flatMap { FieldRedactor($0) }
        for entry in redactor?.malformed ?? [] {
            problems.append(
                "LOG_REDACT has the entry \(Self.quote(entry)), which has an empty name; the other names of the entry "
                    + "are used. Write names and paths with commas between them, as in card,user.password,*_token"
            )
        }
    }
}
