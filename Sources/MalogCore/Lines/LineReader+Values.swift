extension LineReader {
    /// The level of the line, or nil if it has none or an unknown one.
    @inline(__always)
    package var level: LineLevel? {
        guard let schema else { return nil }
        return LineLevel(bytes(schema.levelKey), isLowerCase: schema == .datadog)
    }

    /// The name of the line's service, or nil.
    package var service: String? {
        switch schema {
        case .otel?, .ecs?: text(.serviceName)
        case .datadog?: text(.datadogService)
        case .gcp?: range(.googleService).type == .object ? googleService : nil
        case .spans?, nil: nil
        }
    }

    private var googleService: String? {
        JSONValue(type: .object, bytes: bytes(.googleService)).member("service")?.text
    }
}
