extension CommandLineUsage.Option {
    /// An option `--name N` for a whole number in a range.
    public static func integer(
        _ name: String,
        _ property: WritableKeyPath<Settings, Int>,
        in range: ClosedRange<Int>,
        _ help: String
    ) -> Self {
        Self(name: name, placeholder: "N", help: help) { settings in
            String(settings[keyPath: property])
        } apply: { settings, text throws(CommandLineMistake) in
            settings[keyPath: property] = try Self.number(text, of: name, in: range)
        }
    }

    /// An option `--name N` for a whole number in a range. If it is not given, the property stays nil. Say in the help
    /// text what that means.
    public static func optionalInteger(
        _ name: String,
        _ property: WritableKeyPath<Settings, Int?>,
        in range: ClosedRange<Int>,
        _ help: String
    ) -> Self {
        Self(name: name, placeholder: "N", help: help) { settings in
            settings[keyPath: property].map { String($0) }
        } apply: { settings, text throws(CommandLineMistake) in
            settings[keyPath: property] = try Self.number(text, of: name, in: range)
        }
    }

    private static func number(
        _ text: String,
        of name: String,
        in range: ClosedRange<Int>
    ) throws(CommandLineMistake) -> Int {
        if let value = Int(text), range.contains(value) { return value }
        let bounds = "\(range.lowerBound) to \(range.upperBound)"
        throw CommandLineMistake("--\(name) must be a whole number from \(bounds), but is \"\(text)\"")
    }

    /// An option `--name PLACEHOLDER` for a text that is not empty.
    public static func text(
        _ name: String,
        _ property: WritableKeyPath<Settings, String?>,
        _ placeholder: String,
        _ help: String
    ) -> Self {
        Self(name: name, placeholder: placeholder, help: help) { settings in
            settings[keyPath: property]
        } apply: { settings, text throws(CommandLineMistake) in
            if text.isEmpty { throw CommandLineMistake("--\(name) must not be empty") }
            settings[keyPath: property] = text
        }
    }

    /// An option `--name` that turns a property on.
    public static func flag(_ name: String, _ property: WritableKeyPath<Settings, Bool>, _ help: String) -> Self {
        Self(name: name, placeholder: nil, help: help) { _ in
            nil
        } apply: { settings, _ throws(CommandLineMistake) in
            settings[keyPath: property] = true
        }
    }

    /// An option `--name N` for a number in a range.
    public static func number(
        _ name: String,
        _ property: WritableKeyPath<Settings, Double>,
        in range: ClosedRange<Double>,
        _ help: String
    ) -> Self {
        Self(name: name, placeholder: "N", help: help) { settings in
            String(settings[keyPath: property])
        } apply: { settings, text throws(CommandLineMistake) in
            guard let value = Double(text), range.contains(value) else {
                let bounds = "\(range.lowerBound) to \(range.upperBound)"
                throw CommandLineMistake("--\(name) must be a number from \(bounds), but is \"\(text)\"")
            }
            settings[keyPath: property] = value
        }
    }

    /// An option `--name a|b|c` for one of several words.
    public static func choice(
        _ name: String,
        _ property: WritableKeyPath<Settings, String>,
        of choices: [String],
        _ help: String
    ) -> Self {
        Self(name: name, placeholder: choices.joined(separator: "|"), help: help) { settings in
            settings[keyPath: property]
        } apply: { settings, text throws(CommandLineMistake) in
            guard choices.contains(text) else {
                let words = choices.joined(separator: ", ")
                throw CommandLineMistake("--\(name) must be one of \(words), but is \"\(text)\"")
            }
            settings[keyPath: property] = text
        }
    }
}
