/// The options of `malog tail`.
package struct TailOptions: Sendable {
    package var files: [String] = []
    package var filter = LineFilter()
    package var follows = false
    /// Prints only the last lines of each file.
    package var last = -1
    /// Prints lines as they are.
    package var printsJSON = false
    package var usesColor: Bool?

    package init() {}

    static var usage: VerbUsage<TailOptions> {
        VerbUsage(
            verb: "tail",
            arguments: "[FILE…|-]",
            about: """
                Prints log lines for people: the time, the level, the logger, the message, the fields and the IDs.
                Without a file, it reads standard input. Other lines are printed as they are, but without control
                characters, unless there is a filter. Lines of exported spans are counted.
                """,
            options: [
                .flag("follow", short: "f", "Waits for more lines, also after the file was replaced or emptied.") {
                    $0.follows = true
                },
                .number(
                    "lines",
                    short: "n",
                    0...10_000_000,
                    "Prints only the last N lines of each file that match.",
                    \.last
                ),
                .value("level", short: "l", "LEVEL", "Prints lines of this level or above.") {
                    guard let level = LineLevel(argument: $1) else {
                        return "choose from \(LineLevel.allCases.map { "\($0.name)" }.joined(separator: ", "))"
                    }
                    $0.filter.level = level
                    return nil
                },
                .text("logger", "PREFIX", "Prints lines of loggers like db or db.pool, for db.", \.filter.logger),
                .text("service", "NAME", "Prints lines of this service.", \.filter.service),
                .text(
                    "id",
                    short: "i",
                    "ID",
                    "Prints lines in which any ID begins so, as in an alert.",
                    \.filter.anyID
                ),
                .text("trace", short: "t", "ID", "Prints lines whose trace ID begins so.", \.filter.trace),
                .text("span", "ID", "Prints lines whose span ID begins so.", \.filter.span),
                .text("execution", short: "e", "ID", "Prints lines whose execution ID begins so.", \.filter.execution),
                .text("task", "ID", "Prints lines whose task ID begins so.", \.filter.task),
                .text(
                    "grep",
                    short: "g",
                    "TEXT",
                    "Prints lines that contain this text, in JSON's form.",
                    \.filter.text
                ),
                .flag("json", "Prints the lines that match as they are; without a filter, exported spans too.") {
                    $0.printsJSON = true
                },
            ] + VerbUsage<TailOptions>.Option.color(\.usesColor),
            examples: [
                "malog tail -f --level warning /var/log/app.log",
                "kubectl logs -f deploy/worker | malog tail --logger pipeline",
                "malog tail --trace 8a3fa5b7 --json *.log | jq .attributes",
            ],
            add: { (options, file) throws(UsageError) in options.files.append(file) }
        )
    }
}
