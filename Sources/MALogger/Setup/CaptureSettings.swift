internal import ContextPropagation

/// The standard streams that `LOG_CAPTURE` names.
struct CaptureSettings: Equatable, Sendable {
    enum Stream: String, CaseIterable {
        case stdout
        case stderr
    }

    var streams: Set<Stream> = []

    /// - Parameters:
    ///   - text: The value of `LOG_CAPTURE`.
    ///   - problems: Receives a sentence about the entries that cannot be used.
    static func read(_ text: String?, problems: inout [String]) -> CaptureSettings {
        var settings = CaptureSettings()
        var unknown: [String] = []
        for entry in (text ?? "").utf8.split(separator: UInt8(ascii: ",")) {
            let name = String(trimming: entry)
            if let stream = Stream(rawValue: name.lowercased()) {
                settings.streams.insert(stream)
            } else {
                unknown.append(LogSettings.quote(name))
            }
        }
        if let text, !unknown.isEmpty || settings.streams.isEmpty {
            let choices = Stream.allCases.map(\.rawValue).joined(separator: ", ")
            let fault =
                unknown.isEmpty
                ? "names no stream" : "has \(unknown.joined(separator: " and ")), which is not a standard stream"
            let captured = Stream.allCases.filter(settings.streams.contains).map(\.rawValue)
            let effect = captured.isEmpty ? "nothing is captured" : "\(captured.joined(separator: ", ")) is captured"
            problems.append("LOG_CAPTURE is \(LogSettings.quote(text)), and \(fault); \(effect). Choices: \(choices)")
        }
        return settings
    }
}
