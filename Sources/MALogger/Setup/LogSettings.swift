internal import ContextLog
internal import ContextPropagation

/// Where lines go and which ones, as the environment says.
struct LogSettings: Sendable {
    enum Format: String, CaseIterable {
        case json
        case console
    }

    var levels = LogLevels()
    var format = Format.json
    var filePath: String?
    var serviceName = "unknown-service"
    var usesColor = true
    /// What could not be used, each in a sentence that names the variable, the fault and the choices.
    var problems: [String] = []

    init(_ variable: (String) -> String?) {
        func value(_ name: String) -> String? {
            variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }

        let choices = LogLevel.allCases.map(\.description).joined(separator: ", ")
        if let text = value("LOG_LEVEL") {
            if let level = LogLevel(text) {
                levels.base = level
            } else {
                problems.append(
                    "LOG_LEVEL is \(Self.quote(text)), which is no level; INFO is used. Choices: \(choices)"
                )
            }
        }
        for entry in (value("LOG_LEVELS") ?? "").utf8.split(separator: UInt8(ascii: ",")) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { Self.trim($0) }
            if parts == [""] { continue }
            if parts.count == 2, !parts[0].isEmpty, let level = LogLevel(parts[1]) {
                levels.prefixes[parts[0]] = level
            } else {
                let fault = "which is not a label prefix, an equals sign and a level; it is skipped. Levels: \(choices)"
                problems.append("LOG_LEVELS has the entry \(Self.quote(String(Substring(entry)))), \(fault)")
            }
        }
        if let text = value("LOG_FORMAT") {
            if let format = Format(rawValue: text.lowercased()) {
                self.format = format
            } else {
                problems.append(
                    "LOG_FORMAT is \(Self.quote(text)), which is no format; json is used. Choices: json, console"
                )
            }
        }
        filePath = value("LOG_FILE_PATH")
        serviceName = value("SERVICE_NAME") ?? value("OTEL_SERVICE_NAME") ?? serviceName
        usesColor = value("NO_COLOR") == nil
    }

    /// A sentence about a variable that the context or the header codecs are read from.
    static func describe(_ problem: EnvironmentProblem, value: String?) -> String {
        switch problem.variable {
        case "BAGGAGE", "TRACESTATE":
            // The data of others, which may be secret.
            "\(problem.variable) has a part that is left out: \(problem.reason)"
        default:
            "\(problem.variable) is \(quote(value ?? "")), of which this is left out: \(problem.reason)"
        }
    }

    /// A value as it is shown to people: the beginning of it, in quotes.
    static func quote(_ text: String) -> String {
        let beginning = String(String.UnicodeScalarView(text.unicodeScalars.prefix(100)))
        return beginning.utf8.count < text.utf8.count ? "\"\(beginning)…\"" : "\"\(text)\""
    }

    private static func trim(_ text: Substring.UTF8View) -> String {
        let space = UInt8(ascii: " ")
        return String(decoding: text.drop { $0 == space }.reversed().drop { $0 == space }.reversed(), as: UTF8.self)
    }
}
