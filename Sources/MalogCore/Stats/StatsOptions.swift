/// The options of `malog stats`.
package struct StatsOptions: Sendable {
    package var files: [String] = []
    /// The most rows of each table.
    package var top = 10
    package var usesColor: Bool?

    package init() {}

    static var usage: VerbUsage<StatsOptions> {
        VerbUsage(
            verb: "stats",
            arguments: "[FILE…|-]",
            about: """
                Counts lines by level, logger, service and second, and traces, and finds the slowest tasks. Errors come
                first. Without a file, it reads standard input.
                """,
            options: [.number("top", short: "n", 1...10_000, "The most rows of each table. The default is 10.", \.top)]
                + VerbUsage<StatsOptions>.Option.color(\.usesColor),
            examples: ["malog stats /var/log/app/*.log"],
            add: { (options, file) throws(UsageError) in options.files.append(file) }
        )
    }
}
