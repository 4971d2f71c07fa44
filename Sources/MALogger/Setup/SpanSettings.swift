/// The settings of exported spans: `LOG_SPANS` and `LOG_SPANS_FILE_PATH`.
struct SpanSettings: Equatable, Sendable {
    enum Format: String, CaseIterable {
        case none
        case otlp
    }

    /// The bytes of the path, which need not be UTF-8. Nil: spans are written among the log lines.
    let filePath: [UInt8]?

    /// - Parameters:
    ///   - text: The value of `LOG_SPANS`.
    ///   - filePath: The value of `LOG_SPANS_FILE_PATH`.
    ///   - lines: The format of log lines. Only JSON lines can have spans among them.
    ///   - problems: Receives a sentence for each value that cannot be used.
    /// - Returns: Nil if no spans are exported.
    static func read(
        _ text: String?,
        filePath: [UInt8]?,
        lines: LogSettings.Format,
        problems: inout [String]
    ) -> SpanSettings? {
        let format = LogSettings.choice(text, variable: "LOG_SPANS", kind: "format", or: Format.none, &problems)
        guard format == .otlp else {
            if filePath != nil { problems.append("LOG_SPANS_FILE_PATH has no effect, because LOG_SPANS is not otlp") }
            return nil
        }
        if filePath == nil, lines != .json {
            problems.append(
                "LOG_SPANS is \"otlp\", but lines of LOG_FORMAT \(lines.rawValue) cannot have spans among them; no spans "
                    + "are exported. Set LOG_SPANS_FILE_PATH to a file"
            )
            return nil
        }
        return SpanSettings(filePath: filePath)
    }
}
