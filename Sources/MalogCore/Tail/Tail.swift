/// `malog tail`: prints lines for people.
package enum Tail {
    /// Prints the lines of the files, and then, with `--follow`, those that are added to them.
    ///
    /// A file that replaces a followed one may be unreadable at first. That is told to `complain`, once for each file
    /// and reason, and the file is followed as soon as it can be opened.
    ///
    /// - Returns: The exit status 0.
    /// - Throws: A file that cannot be read, or a pipe that is followed beside other files.
    package static func run(
        _ options: TailOptions,
        _ output: inout Output,
        style: TextStyle,
        isTerminal: Bool,
        complain: (String) -> Void
    ) throws -> Int32 {
        let names = options.files.isEmpty ? ["-"] : options.files
        let stream = names.first(where: isStream)
        if options.follows, let stream, names.count > 1 {
            let name = stream == "-" ? "standard input" : RawText.shown(stream)
            throw UsageError("malog tail: --follow: \(name) is a pipe and not a file; follow it alone")
        }
        var printer = TailPrinter(options, style: style, isTerminal: isTerminal)
        if options.follows, stream == nil {
            try follow(names, &printer, &output, options) { complain("malog tail: \($0)\n") }
        } else {
            for name in names { try printAll(name, &printer, &output, options) }
        }
        output.flush()
        if let first = printer.firstForeign {
            let count = printer.foreignCount
            let lines = count == 1 ? "1 line is not a log line" : "\(NumberText.grouped(count)) lines are not log lines"
            complain("malog tail: \(lines); the first: \(first)\n")
        }
        if printer.spanCount > 0 {
            let lines = NumberText.counted(printer.spanCount, "line")
            complain("malog tail: left out \(lines) of exported spans; malog trace draws them\n")
        }
        return 0
    }

    /// Whether the input ends when its writers end, so that nothing can be added to it later.
    private static func isStream(_ path: String) -> Bool {
        path == "-" || System.status(of: path).map { !$0.isRegular && !$0.isDirectory } ?? false
    }

    private static func printAll(
        _ path: String,
        _ printer: inout TailPrinter,
        _ output: inout Output,
        _ options: TailOptions
    ) throws {
        let input = try ScanInput(path)
        defer { input.close() }
        var reader = StreamReader(input.descriptor)
        var number = 1
        printer.keepsLast = options.last >= 0
        while let block = reader.next() {
            number += printer.print(block, of: input.name, from: number, to: &output)
            // A pipe brings its lines one by one, and a person waits for them.
            if input.size == nil { output.flush() }
            if output.isClosed { return }
        }
        if let failure = reader.failure { throw System.Failure(input.name, failure) }
        if let block = reader.rest() { _ = printer.print(block, of: input.name, from: number, to: &output) }
        printer.printKept(to: &output)
    }

    private static func follow(
        _ paths: [String],
        _ printer: inout TailPrinter,
        _ output: inout Output,
        _ options: TailOptions,
        complain: (System.Failure) -> Void
    ) throws {
        let files = try paths.map { try FollowedFile($0) }
        let watch = FileWatch(paths)
        printer.keepsLast = options.last >= 0
        while true {
            for file in files {
                let failure = try file.read { block in
                    file.lines += printer.print(block, of: file.name, from: file.lines + 1, to: &output)
                }
                if let failure { complain(failure) }
                if printer.keepsLast { printer.printKept(to: &output) }
            }
            printer.keepsLast = false
            output.flush()
            if output.isClosed { return }
            watch.wait()
        }
    }
}
