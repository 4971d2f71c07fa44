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
        for entry in (value("LOG_LEVELS") ?? "").split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Self.trim($0) }
            guard parts.count == 2, !parts[0].isEmpty else {
                let fault = "which is not of the form label=level; it is skipped. Levels: \(choices)"
                problems.append("LOG_LEVELS has the entry \(Self.quote(String(entry))), \(fault)")
                continue
            }
            guard let level = LogLevel(parts[1]) else {
                let fault = "whose level is none; it is skipped. Choices: \(choices)"
                problems.append("LOG_LEVELS has the entry \(Self.quote(String(entry))), \(fault)")
                continue
            }
            levels.prefixes[parts[0]] = level
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

    /// A sentence about a variable of the process's context.
    static func describe(_ problem: EnvironmentProblem) -> String {
        "\(problem.variable) \(problem.reason)"
    }

    /// A value as it is shown to people: the beginning of it, in quotes.
    private static func quote(_ text: String) -> String {
        text.unicodeScalars.count > 100
            ? "\"\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(100))))…\"" : "\"\(text)\""
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
