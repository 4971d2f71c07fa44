/// The program `malog`.
public enum Malog {
    static let help = """
        malog reads the JSON lines of ma-logger, of all schemas (otel, ecs, gcp, datadog), and its spans.

          malog tail [FILE…]      prints lines for people: coloured, filtered, and while files grow
          malog trace ID FILE…    draws one trace over all services and threads, here or as HTML or SVG
          malog check [FILE…]     finds lines with faults; the status is 0, 1 or 2, for CI
          malog stats [FILE…]     counts lines by level, logger and service, and finds slow tasks

        FILE can be - for standard input. malog VERB --help describes the options.
        """

    static let verbs = ["tail", "trace", "check", "stats"]

    /// The arguments after the program's name, for ``run(_:)``.
    ///
    /// Use it in place of `CommandLine.arguments`, which changes bytes that are not UTF-8. Names of files can have such
    /// bytes.
    public static var arguments: [String] {
        (0..<Int(CommandLine.argc)).dropFirst().compactMap { index in
            CommandLine.unsafeArgv[index].map { RawText.text(ofZeroTerminated: $0) }
        }
    }

    /// Runs the program with the arguments after its name.
    ///
    /// - Returns: The exit status: 0; 1 if `check` found a fault or no line, or if `trace` found no line with the ID; 2
    ///   for a mistake on the command line, a file that cannot be read, or output that cannot be written. It is
    ///   not a mistake if the reader of the output has gone.
    public static func run(_ arguments: [String]) -> Int32 {
        var output = Output(descriptor: 1)
        return run(arguments, &output, isTerminal: System.isTerminal(1)) { text in
            var text = text
            text.withUTF8 { _ = System.write(UnsafeRawBufferPointer($0), to: 2) }
        }
    }

    /// - Parameter complain: Gets texts for standard error.
    package static func run(
        _ arguments: [String],
        _ output: inout Output,
        isTerminal: Bool,
        complain: (String) -> Void
    ) -> Int32 {
        let status = finish(arguments, &output, isTerminal, complain)
        output.flush()
        guard let fault = output.fault else { return status }
        complain("malog: \(fault)\n")
        return 2
    }

    private static func finish(
        _ arguments: [String],
        _ output: inout Output,
        _ isTerminal: Bool,
        _ complain: (String) -> Void
    ) -> Int32 {
        do {
            return try runVerb(arguments, &output, isTerminal, complain)
        } catch let error as UsageError {
            let verb = arguments.first.map { verbs.contains($0) ? " \($0)" : "" } ?? ""
            complain("\(error)\nmalog\(verb) --help describes the choices.\n")
            return 2
        } catch {
            output.flush()
            complain("malog: \(error)\n")
            return 2
        }
    }

    private static func runVerb(
        _ arguments: [String],
        _ output: inout Output,
        _ isTerminal: Bool,
        _ complain: (String) -> Void
    ) throws -> Int32 {
        guard let verb = arguments.first else {
            complain(help + "\n")
            return 2
        }
        let rest = Array(arguments.dropFirst())
        func style(_ usesColor: Bool?) -> TextStyle {
            let isPlain = System.environment("NO_COLOR").map { !$0.isEmpty } ?? false
            return TextStyle(usesColor: usesColor ?? (isTerminal && !isPlain))
        }
        /// Reads the options. Returns nil if the arguments ask for the help, and prints it.
        func read<Options>(_ defaults: Options, _ usage: VerbUsage<Options>) throws(UsageError) -> Options? {
            var options = defaults
            if try usage.parse(rest, into: &options) { return options }
            output.append(usage.help(style(nil)))
            return nil
        }
        switch verb {
        case "--help", "-h", "help":
            output.append(help + "\n")
            return 0
        case "tail":
            guard let options = try read(TailOptions(), TailOptions.usage) else { return 0 }
            let colors = style(options.usesColor)
            return try Tail.run(options, &output, style: colors, isTerminal: isTerminal, complain: complain)
        case "check":
            guard let options = try read(CheckOptions(), CheckOptions.usage) else { return 0 }
            return try Check.run(options, &output, style: style(options.usesColor))
        case "trace":
            guard let options = try read(TraceOptions(), TraceOptions.usage) else { return 0 }
            return try Trace.run(options, &output, style: style(options.usesColor), complain: complain)
        case "stats":
            guard let options = try read(StatsOptions(), StatsOptions.usage) else { return 0 }
            return try Stats.run(options, &output, style: style(options.usesColor))
        default:
            throw UsageError("malog: unknown verb \"\(verb)\"; choose from \(verbs.joined(separator: ", "))")
        }
    }
}
