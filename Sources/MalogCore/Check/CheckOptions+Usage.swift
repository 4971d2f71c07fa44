extension CheckOptions {
    static var usage: VerbUsage<CheckOptions> {
        VerbUsage(
            verb: "check",
            arguments: "[FILE…|-]",
            about: """
                Checks that each line is a log line: valid JSON with the keys of its schema (of otel, in order), with
                values of the right types, and IDs of the right form; and that no span is in two traces. Without a file,
                it reads standard input. The status is 0 without faults, 1 with faults or without any line, and 2 if it
                could not check.
                """,
            options: [
                .value("schema", "NAME", "Accepts only lines of this schema: otel, ecs, gcp, datadog, spans.") {
                    guard let schema = LineSchema(rawValue: $1.lowercased()) else {
                        return "choose from \(LineSchema.allCases.map(\.rawValue).joined(separator: ", "))"
                    }
                    $0.schema = schema
                    return nil
                },
                .flag("require-trace", "A line without a trace ID is a fault.") { $0.requiresTrace = true },
                .flag("require-execution", "A line without an execution ID is a fault.") {
                    $0.requiresExecution = true
                },
                .flag("require-task", "A line without a task ID is a fault.") { $0.requiresTask = true },
                .text(
                    "expect-trace",
                    "ID",
                    "A line with another trace ID is a fault. A UUID is the trace of its digits.",
                    \.expectedTrace
                ),
                .text(
                    "expect-execution",
                    "ID",
                    "A line with another execution ID is a fault.",
                    \.expectedExecution
                ),
                .flag("allow-foreign", "Lines of other programs are counted, and are not faults.") {
                    $0.allowsForeign = true
                },
                .flag("allow-empty", "An input without lines is not a fault.") { $0.allowsEmpty = true },
                .number(
                    "faults",
                    short: "n",
                    0...1_000_000,
                    "Shows the first N faults. The default is 10.",
                    \.faultLimit
                ),
                .flag("quiet", short: "q", "Prints nothing if there are no faults.") { $0.isQuiet = true },
            ] + VerbUsage<CheckOptions>.Option.color(\.usesColor),
            examples: [
                "malog check --require-trace /var/log/app/*.log",
                "my-service | malog check --schema otel --quiet",
            ],
            add: { (options, file) throws(UsageError) in options.files.append(file) }
        )
    }
}
