/// Texts inside HTML and SVG.
enum Markup {
    /// Replaces the characters that have a meaning in markup, and those that XML does not allow.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in PlainText.visible(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func percent(_ place: Double) -> String { NumberText.fixed(place * 100, 3) + "%" }

    /// The colours of services, which people with colour blindness can tell apart, on white and on black.
    static let colors = ["#0f8b8d", "#4067d6", "#a04db8", "#b7791f", "#2f855a", "#c05621", "#5a67d8", "#718096"]

    static func color(_ service: Int) -> String { colors[service % colors.count] }

    static let red = "#d92d3a"
    static let warning = "#b7791f"
}
