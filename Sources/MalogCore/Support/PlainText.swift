/// Texts from outside, for a terminal.
enum PlainText {
    /// Replaces control characters, which could change the terminal, by visible ones.
    static func visible(_ text: String) -> String {
        // Most texts have none.
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "⏎"
            case "\t": result += " "
            case _ where scalar.value < 0x20: result.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value)!)
            case _ where isControl(scalar): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // The last two groups reorder or hide text.
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The first `count` characters, with a mark if there are more.
    static func shortened(_ text: String, to count: Int) -> String {
        guard count > 0 else { return "" }
        return text.count <= count ? text : text.prefix(count - 1) + "…"
    }

    /// Fills up with blanks to `count` characters.
    static func padded(_ text: String, to count: Int) -> String {
        let length = text.count
        return length >= count ? text : text + String(repeating: " ", count: count - length)
    }

    static func rightAligned(_ text: String, to count: Int) -> String {
        let length = text.count
        return length >= count ? text : String(repeating: " ", count: count - length) + text
    }
}

/// Numbers for people.
enum NumberText {
    /// A number with commas: `13,529,140`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// `1 line`, `2 lines`.
    static func counted(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["bytes", "kB", "MB", "GB", "TB"] {
            if value < 1000 || unit == "TB" {
                return unit == "bytes" ? "\(count) bytes" : "\(rounded(value)) \(unit)"
            }
            value /= 1000
        }
        return ""
    }

    /// Three significant digits of a number from 1 up.
    static func rounded(_ value: Double) -> String {
        let digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
        return fixed(value, digits)
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        let factor = [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000][min(max(digits, 0), 6)]
        let scaled = Int64((value.magnitude * factor).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(scaled)" }
        let fraction = String(scaled % Int64(factor))
        return "\(sign)\(scaled / Int64(factor))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// A time: `3.10 s`, `12.3 ms`, `450 µs`.
    static func duration(_ seconds: Double) -> String {
        let size = seconds.magnitude
        if size == 0 { return "0 s" }
        if size < 0.000_000_999_5 { return "\(fixed(seconds * 1e9, 0)) ns" }
        if size < 0.000_999_5 { return "\(rounded(seconds * 1e6)) µs" }
        if size < 0.999_5 { return "\(rounded(seconds * 1e3)) ms" }
        if size < 120 { return "\(rounded(seconds)) s" }
        let whole = Int(size.rounded(.down).clamped(to: 1e15))
        if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}

extension Double {
    fileprivate func clamped(to limit: Double) -> Double { Swift.min(self, limit) }
}
