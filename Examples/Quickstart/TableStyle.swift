/// The width and the colours of a terminal.
struct TableStyle {
    /// The colour of a cell.
    enum Colour: String {
        case heading = "1"
        case faint = "2"
        case right = "32"
        case wrong = "1;31"
    }

    /// The largest width of a row.
    let columns: Int
    let hasColours: Bool

    /// - Parameter columns: The width of the terminal. A table is 60 to 100 columns wide.
    init(columns: Int, hasColours: Bool) {
        self.columns = min(max(columns, 60), 100)
        self.hasColours = hasColours
    }

    func paint(_ text: String, _ colour: Colour?) -> String {
        guard hasColours, let colour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    /// Breaks a text into lines. Each line ends with a line break.
    func wrap(_ text: String) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= columns {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Cuts the text to a width, or fills it up with blanks.
    static func fit(_ text: String, _ width: Int) -> String {
        if text.count > width { return text.prefix(width - 1) + "…" }
        return text + String(repeating: " ", count: width - text.count)
    }
}
