/// The command line of an example: options that set properties of `Settings`.
///
/// It follows `getopt_long`. It accepts `--name value`, `--name=value`, a prefix of a name if only one option has it,
/// and `--` as the end of the options. The help text shows the default of each option, which it reads from the default
/// settings.
public struct CommandLineUsage<Settings> {
    /// One option.
    public struct Option {
        let name: String
        let placeholder: String?
        let help: String
        let defaultText: (Settings) -> String?
        let apply: (inout Settings, String) throws(CommandLineMistake) -> Void
    }

    /// The request of the user.
    public enum Request {
        case run(Settings)
        case help
    }

    let command: String
    let about: String
    let options: [Option]

    /// Makes the command line of `command`. The help text lists the options in the order of `options`.
    public init(_ command: String, about: String, _ options: [Option]) {
        self.command = command
        self.about = about
        self.options = options
    }

    /// Reads the arguments that follow the command's name. If an option is given twice, the second value counts.
    public func parse(_ arguments: [String], defaults: Settings) throws(CommandLineMistake) -> Request {
        var settings = defaults
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "-h" { return .help }
            if argument == "--", let extra = rest.first { throw unexpected(extra) }
            if argument == "--" { break }
            guard argument.hasPrefix("--") else { throw unexpected(argument) }

            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let inline = parts.count > 1 ? String(parts[1]) : nil
            let name = try complete(String(parts[0]))
            guard let option = options.first(where: { $0.name == name }) else {
                guard inline == nil else { throw CommandLineMistake("--help takes no value") }
                return .help
            }
            if option.placeholder == nil {
                guard inline == nil else { throw CommandLineMistake("--\(name) takes no value") }
                try option.apply(&settings, "")
            } else if let value = inline ?? rest.popFirst() {
                try option.apply(&settings, value)
            } else {
                throw CommandLineMistake("--\(name) needs a value")
            }
        }
        return .run(settings)
    }

    private func complete(_ name: String) throws(CommandLineMistake) -> String {
        let names = options.map(\.name) + ["help"]
        if names.contains(name) { return name }
        let candidates = name.isEmpty ? [] : names.filter { $0.hasPrefix(name) }
        if candidates.count == 1 { return candidates[0] }
        let choices = (candidates.isEmpty ? names : candidates).map { "--\($0)" }.joined(separator: ", ")
        let mistake =
            candidates.isEmpty
            ? "there is no option --\(name); the options are" : "--\(name) is ambiguous; choose from"
        throw CommandLineMistake("\(mistake) \(choices)")
    }

    private func unexpected(_ argument: String) -> CommandLineMistake {
        CommandLineMistake("unexpected argument \"\(argument)\"; \(command) takes only options")
    }

    /// The help text.
    public func help(defaults: Settings) -> String {
        var rows = options.map { option in
            let value = option.defaultText(defaults).map { " (default: \($0))" } ?? ""
            return ("--" + option.name + (option.placeholder.map { " " + $0 } ?? ""), option.help + value)
        }
        rows.append(("--help", "This text"))
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count))  \($0.1)" }
        return "Usage: \(command) [options]\n\n\(about)\n\n\(lines.joined(separator: "\n"))"
    }
}

/// A mistake on the command line, described for the user.
public struct CommandLineMistake: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
