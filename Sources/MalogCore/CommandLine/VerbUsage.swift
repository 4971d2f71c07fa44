/// The options of a verb, and its help.
struct VerbUsage<Settings> {
    struct Option {
        let name: String
        var short: Character?
        /// The name of the value in the help; nil for an option without a value.
        var value: String?
        let help: String
        let set: (inout Settings, String) throws(UsageError) -> Void
    }

    let verb: String
    /// The arguments that are not options, for the help.
    let arguments: String
    let about: String
    var options: [Option]
    var examples: [String]
    let add: (inout Settings, String) throws(UsageError) -> Void

    /// Reads the arguments after the verb. Returns false if they ask for the help.
    func parse(_ arguments: [String], into settings: inout Settings) throws(UsageError) -> Bool {
        var rest = arguments[...]
        var hasEnded = false
        while let argument = rest.popFirst() {
            if hasEnded || argument == "-" || !argument.hasPrefix("-") {
                try add(&settings, argument)
                continue
            }
            if argument == "--" {
                hasEnded = true
                continue
            }
            if argument == "--help" || argument == "-h" { return false }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let option = try find(String(parts[0]))
            guard let placeholder = option.value else {
                if parts.count > 1 {
                    throw UsageError("malog \(verb): \(parts[0]) takes no value, but \"\(parts[1])\" was given")
                }
                try option.set(&settings, "")
                continue
            }
            if parts.count > 1 {
                try option.set(&settings, String(parts[1]))
            } else if let value = rest.popFirst() {
                try option.set(&settings, value)
            } else {
                throw UsageError("malog \(verb): \(argument) needs a value: \(parts[0]) \(placeholder)")
            }
        }
        return true
    }

    private func find(_ name: String) throws(UsageError) -> Option {
        for option in options
        where name == "--" + option.name || option.short.map({ name == "-\($0)" }) == true { return option }
        let near = options.map(\.name).filter { $0.hasPrefix(name.drop { $0 == "-" }) || Self.isNear($0, name) }
        let choices = near.isEmpty ? options.map(\.name) : near
        throw UsageError(
            "malog \(verb): unknown option \(name); "
                + (near.isEmpty ? "choose from " : "did you mean ")
                + choices.map { "--" + $0 }.joined(separator: ", ")
                + (near.isEmpty ? "" : "?")
        )
    }

    /// Whether a few letters of the name differ.
    private static func isNear(_ option: String, _ name: String) -> Bool {
        let name = Array(name.drop { $0 == "-" })
        let option = Array(option)
        guard abs(name.count - option.count) <= 2, !name.isEmpty else { return false }
        var row = Array(0...option.count)
        for (index, letter) in name.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 1...option.count {
                let cost = min(row[column] + 1, row[column - 1] + 1, diagonal + (option[column - 1] == letter ? 0 : 1))
                diagonal = row[column]
                row[column] = cost
            }
        }
        return row[option.count] <= 2
    }

    func help(_ style: TextStyle) -> String {
        let left = options.map { option in
            let short = option.short.map { "-\($0), " } ?? "    "
            return "  \(short)--\(option.name)\(option.value.map { " " + $0 } ?? "")"
        }
        let width = (left.map(\.count).max() ?? 0) + 2
        var text = "\(style.bold("malog \(verb)")) \(arguments)\n\n\(about)\n\n\(style.bold("Options"))\n"
        for (left, option) in zip(left, options) {
            text += PlainText.padded(left, to: width)
            text += Self.wrapped(option.help, from: width) + "\n"
        }
        text += PlainText.padded("  -h, --help", to: width) + "Prints this text.\n"
        if !examples.isEmpty {
            text += "\n\(style.bold("Examples"))\n" + examples.map { "  \($0)\n" }.joined()
        }
        return text
    }

    private static func wrapped(_ text: String, from indent: Int) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count + indent + 1 > 100 {
                lines.append("")
            }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}

extension VerbUsage.Option {
    static func flag(
        _ name: String,
        short: Character? = nil,
        _ help: String,
        _ set: @escaping (inout Settings) -> Void
    ) -> Self {
        Self(name: name, short: short, help: help) { (settings, _) throws(UsageError) in set(&settings) }
    }

    /// - Parameter set: Returns what is wrong with the value, or nil.
    static func value(
        _ name: String,
        short: Character? = nil,
        _ placeholder: String,
        _ help: String,
        _ set: @escaping (inout Settings, String) -> String?
    ) -> Self {
        Self(name: name, short: short, value: placeholder, help: help) { (settings, value) throws(UsageError) in
            if let fault = set(&settings, value) { throw UsageError("--\(name) \"\(value)\": \(fault)") }
        }
    }

    static func number(
        _ name: String,
        short: Character? = nil,
        _ range: ClosedRange<Int>,
        _ help: String,
        _ property: WritableKeyPath<Settings, Int>
    ) -> Self {
        value(name, short: short, "N", help) { settings, text in
            guard let number = Int(text), range.contains(number) else {
                return "give a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            settings[keyPath: property] = number
            return nil
        }
    }

    static func text(
        _ name: String,
        short: Character? = nil,
        _ placeholder: String,
        _ help: String,
        _ property: WritableKeyPath<Settings, String?>
    ) -> Self {
        value(name, short: short, placeholder, help) { settings, text in
            guard !text.isEmpty else { return "give a text that is not empty" }
            settings[keyPath: property] = text
            return nil
        }
    }

    /// The options `--color` and `--no-color`.
    static func color(_ property: WritableKeyPath<Settings, Bool?>) -> [Self] {
        [
            flag("color", "Colours, even if the output is not a terminal.") { $0[keyPath: property] = true },
            flag("no-color", "No colours. NO_COLOR in the environment does the same.") {
                $0[keyPath: property] = false
            },
        ]
    }
}
