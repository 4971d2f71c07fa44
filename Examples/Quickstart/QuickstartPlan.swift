/// The run that the settings, the environment and the type of standard output ask for.
struct QuickstartPlan: Sendable {
    /// The number of the frames that the cameras send.
    let frames: Int
    /// The frames that are decoded on a queue without the bridge.
    let bareFrames: Range<Int>
    /// Whether the program shows a table on a terminal, and the lines go to a file.
    let isScreen: Bool
    /// Whether a line of ``bareFrames`` must lose its ID. Otherwise, such a line is a failure, as in `--bare`.
    let expectsLoss: Bool
    /// The variable because of which the lines cannot be checked, with its value.
    let obstacle: String?

    init(_ settings: QuickstartSettings, environment: [String: String], isTerminal: Bool) {
        obstacle =
            ["LOG_FORMAT": ["console", "kestra"], "LOG_SCHEMA": ["ecs", "gcp", "datadog"]].lazy
            .compactMap { name, values in
                environment[name].flatMap { values.contains($0.lowercased()) ? "\(name) is \($0)" : nil }
            }
            .first
        isScreen = isTerminal && obstacle == nil
        let regular = settings.frames ?? (isScreen ? 40 : 1000)
        expectsLoss = isScreen && !settings.isBare
        // The frame without the bridge goes the same way as the others, and comes last.
        frames = expectsLoss ? regular + 1 : regular
        bareFrames = settings.isBare ? 0..<regular : regular..<frames
    }
}
