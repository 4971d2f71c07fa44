internal import ContextLog
internal import ContextPropagation

/// The settings of the environment: where lines go, and which lines are written.
struct LogSettings: Sendable {
    enum Format: String, CaseIterable {
        case json
        case console
        case kestra
    }

    /// The keys of a JSON line.
    enum Schema: String, CaseIterable {
        case otel
        case ecs
        case gcp
        case datadog
    }

    var levels = LogLevels()
    /// The bytes of the path of the file with levels, which need not be UTF-8.
    var levelsFilePath: [UInt8]?
    var format = Format.json
    var schema = Schema.otel
    /// The project of the traces, for the schema of Google Cloud.
    var googleCloudProject: String?
    /// The environment and the version of the service, for Datadog's schema.
    var datadog: (environment: String?, version: String?)
    /// Whether a line has the ID of the parent span.
    var writesParent = false
    /// Nil if no field is redacted.
    var redactor: FieldRedactor?
    /// The bytes of the path, which need not be UTF-8.
    var filePath: [UInt8]?
    var serviceName = "unknown-service"
    var usesColor = true
    /// Nil if each line is written directly.
    var buffer: BufferSettings?
    /// The standard streams whose text becomes lines.
    var capture = CaptureSettings()
    /// Nil if no spans are exported.
    var spans: SpanSettings?
    /// A sentence for each value that cannot be used. It names the variable, the fault and the choices.
    var problems: [String] = []

    /// - Parameter variable: Returns the bytes of a variable, or nil if it is not set. Empty counts as not set.
    init(bytes variable: (String) -> [UInt8]?) {
        func bytes(_ name: String) -> [UInt8]? {
            variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        func value(_ name: String) -> String? {
            bytes(name).map { String(decoding: $0, as: UTF8.self) }
        }

        if let text = value("LOG_LEVEL") {
            if let level = LogLevel(text) {
                levels.base = level
            } else {
                problems.append(
                    Self.problem("LOG_LEVEL", text, kind: "level", used: "INFO", choices: LogLevel.names)
                )
            }
        }
        let entries = LogLevelEntries(value("LOG_LEVELS") ?? "")
        levels.prefixes = entries.prefixes
        problems += entries.problems
        format =
            Self.choice(value("LOG_FORMAT"), variable: "LOG_FORMAT", kind: "format", or: format, &problems) ?? format
        levelsFilePath = bytes("LOG_LEVELS_FILE")
        readSchema(value)
        readParent(value("LOG_PARENT_SPAN_ID"))
        readRedaction(value)
        filePath = bytes("LOG_FILE_PATH")
        let datadogService = schema == .datadog ? value("DD_SERVICE") : nil
        serviceName = value("SERVICE_NAME") ?? value("OTEL_SERVICE_NAME") ?? datadogService ?? serviceName
        usesColor = value("NO_COLOR") == nil
        buffer = BufferSettings.read(
            size: value("LOG_BUFFER"),
            whenFull: value("LOG_BUFFER_FULL"),
            problems: &problems
        )
        capture = CaptureSettings.read(value("LOG_CAPTURE"), problems: &problems)
        spans = SpanSettings.read(
            value("LOG_SPANS"),
            filePath: bytes("LOG_SPANS_FILE_PATH"),
            lines: format,
            problems: &problems
        )
    }

    /// A sentence about a variable of the context or of the header codecs.
    ///
    /// - Parameter value: Returns the text of a variable.
    static func describe(_ problem: EnvironmentProblem, value: (String) -> String?) -> String {
        switch problem.source {
        case .file(let path):
            "Kestra's execution context is \(quote(path)), which \(problem.reason); "
                + "an ID that no variable and no file gives is N/A"
        case .variable(let name) where name == "BAGGAGE" || name == "TRACESTATE":
            // The values belong to others and may be secret.
            "A part of \(name) is left out: \(problem.reason)"
        case .variable(let name) where name == PropagatorsReading.variable:
            "\(name) is \(quote(value(name) ?? "")); a part of it is left out: \(problem.reason)"
        case .variable(let name):
            "\(name) is \(quote(value(name) ?? "")), and is ignored: \(problem.reason)"
                + (name == "TRACEPARENT"
                    ? "; it must look like 00-<32 hex digits>-<16 hex digits>-01, in lower case" : "")
        }
    }

    /// The beginning of a value, in quotes.
    static func quote(_ text: String) -> String {
        let beginning = String(String.UnicodeScalarView(text.unicodeScalars.prefix(100)))
        return beginning.utf8.count < text.utf8.count ? "\"\(beginning)…\"" : "\"\(text)\""
    }
}
