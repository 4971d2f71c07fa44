/// A text in the form in which a dead letter's header holds it.
enum DeadLetterText {
    /// The bytes of a text with a blank for each control character and line separator.
    ///
    /// - Parameter limit: How many bytes to return at most. The text is cut between two Unicode scalars, so that the
    ///   bytes are always UTF-8.
    static func bytes(of text: String, limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let harmless = isControl(scalar) ? " " : scalar
            if bytes.count + UTF8.width(harmless) > limit { break }
            bytes.append(contentsOf: harmless.utf8)
        }
        return bytes
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// A number that is not negative, in decimal digits; nil for any other bytes.
    static func number(_ bytes: [UInt8]) -> Int? {
        guard bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self))
    }

    /// The name of a topic by Kafka's rules: 1 to 249 letters, digits, dots, underscores and hyphens; nil for any other
    /// bytes.
    static func topic(_ bytes: [UInt8]) -> String? {
        let name = String(decoding: bytes, as: UTF8.self)
        guard (1...249).contains(bytes.count), name != ".", name != ".." else { return nil }
        let isLegal = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isLegal ? name : nil
    }

    /// A text in UTF-8; nil for any other bytes.
    static func text(_ bytes: [UInt8]) -> String? { String(validating: bytes, as: UTF8.self) }
}
