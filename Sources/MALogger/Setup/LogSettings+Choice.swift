extension LogSettings {
    /// Reads the value of a variable that has named choices, in any case.
    ///
    /// - Parameters:
    ///   - text: The value, or nil if the variable is not set.
    ///   - kind: The word for a choice in a sentence, as in "which is not a format".
    ///   - usual: The choice that the caller uses if the result is nil.
    ///   - problems: Receives a sentence if the value is no choice.
    /// - Returns: Nil if the variable is not set, or its value is no choice.
    static func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ text: String?,
        variable: String,
        kind: String,
        or usual: Choice,
        _ problems: inout [String]
    ) -> Choice? {
        guard let text else { return nil }
        if let choice = Choice(rawValue: text.lowercased()) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(problem(variable, text, kind: kind, used: usual.rawValue, choices: choices))
        return nil
    }

    /// A sentence about a value that is no choice.
    static func problem(_ variable: String, _ text: String, kind: String, used: String, choices: String) -> String {
        "\(variable) is \(quote(text)), which is not a \(kind); \(used) is used. Choices: \(choices)"
    }
}
