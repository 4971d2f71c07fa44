/// The options of `malog trace`.
package struct TraceOptions: Sendable {
    package var id: String?
    package var files: [String] = []
    package var isExecution = false
    package var html: String?
    package var svg: String?
    package var showsLines = true
    package var width = 0
    package var usesColor: Bool?

    package init() {}

    static var usage: VerbUsage<TraceOptions> {
        VerbUsage(
            verb: "trace",
            arguments: "ID [FILE…|-]",
            about: """
                Draws one trace over all services, tasks and threads: each unit of work with its time, its lines, and
                the waits between them, such as a message's in a Kafka topic. It uses log lines, and the spans of
                LOG_SPANS=otlp if the files have them. ID may be the beginning of a trace ID if no other trace begins
                so. Without a file, it reads standard input. The status is 0, 1 if no line has the ID, and 2 if it could
                not read or write.
                """,
            options: [
                .flag("execution", short: "e", "ID is an execution ID. Draws all traces of that execution.") {
                    $0.isExecution = true
                },
                .text("html", "FILE", "Writes a page for a browser, in one file. - is standard output.", \.html),
                .text("svg", "FILE", "Writes a picture, in one file. - is standard output.", \.svg),
                .flag("no-lines", "Draws units of work without their lines.") { $0.showsLines = false },
                .number(
                    "width",
                    short: "w",
                    60...400,
                    "The columns of the drawing. The default is the terminal's width, or 100.",
                    \.width
                ),
            ] + VerbUsage<TraceOptions>.Option.color(\.usesColor),
            examples: [
                "malog trace 8a3fa5b7 *.log",
                "malog trace 8a3fa5b7 --html trace.html camera.log detector.log spans.jsonl",
            ],
            add: { (options, argument) throws(UsageError) in
                if options.id == nil { options.id = argument } else { options.files.append(argument) }
            }
        )
    }
}
