internal import ContextLog
internal import ContextPropagation

/// The part of a line that people read: the label, the message, the fields, the error and the IDs.
///
///     pipeline.inference  frame processed  frame=17 camera=north-gate  task_id=inference-3
///
/// Texts are escaped as in JSON, so that no message can move the cursor or begin a new line. A text that could be read
/// as an ID of the line is in quotes.
struct ReadableText {
    let style: TextStyle
    let redactor: FieldRedactor?

    /// Appends the text to a writer that is not the buffer of the event's thread.
    func append(_ event: borrowing Log.Event, to line: inout ByteWriter) {
        let identifiers = event.context.identifiers
        let exception = event.error.map { RedactedError($0, redactor) }

        line.append(text: event.label)
        line.append("  ")
        line.append(text: event.message)
        var separator: StaticString = "  "
        event.forEachField(redactedBy: redactor) { name, value in
            line.append(separator)
            separator = " "
            style.paint("36", &line) { $0.append(fieldName: name) }
            line.append("=")
            if case .string(let text) = value { line.append(value: text) } else { value.append(to: &line) }
        }
        if let exception {
            line.append("  ")
            style.paint("31", &line) { line in
                line.append(text: exception.type)
                line.append(": ")
                line.append(text: exception.message)
            }
        }
        separator = "  "
        for (key, identifier) in identifiers {
            line.append(separator)
            separator = " "
            style.dim(&line) { line in
                line.append(utf8: key.rawValue)
                line.append("=")
                line.append(value: identifier)
            }
        }
    }
}

/// The colours of a terminal, or none.
struct TextStyle {
    let usesColor: Bool

    func dim(_ line: inout ByteWriter, _ text: (inout ByteWriter) -> Void) {
        paint("2", &line, text)
    }

    /// - Parameter color: The parameters of the terminal's sequence "select graphic rendition" (ECMA-48, 8.3.117).
    func paint(_ color: StaticString, _ line: inout ByteWriter, _ text: (inout ByteWriter) -> Void) {
        guard usesColor else { return text(&line) }
        line.append("\u{1B}[")
        line.append(color)
        line.append("m")
        text(&line)
        line.append("\u{1B}[0m")
    }
}

extension ByteWriter {
    private static let identifierNames = [LineKey.traceID, .executionID, .taskID, .spanID].map {
        Array($0.rawValue.utf8)
    }

    /// The bytes that a reader sees: without scalars such as U+200D, which no terminal shows. Bytes are compared,
    /// because characters would hide a name that has such a scalar beside it.
    private static func visible(_ text: String) -> [UInt8] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars where !scalar.properties.isDefaultIgnorableCodePoint {
            bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
        }
        return bytes
    }

    /// Whether the text has the name of an ID and an equals sign.
    private static func namesIdentifier(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "=")) else { return false }
        let bytes = visible(text)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "=") {
            if identifierNames.contains(where: { bytes[..<index].suffix($0.count).elementsEqual($0) }) { return true }
        }
        return false
    }

    /// Appends a message or another free text. It is in quotes if it has the name of an ID and an equals sign.
    fileprivate mutating func append(text: String) {
        if Self.namesIdentifier(text) {
            append(quoting: text)
        } else {
            append(escaping: text)
        }
    }

    /// Appends the name of a field. It is in quotes if it is the name of an ID or has a separator of the line.
    fileprivate mutating func append(fieldName name: String) {
        if Self.hasSeparator(name) || Self.identifierNames.contains(Self.visible(name)) {
            append(quoting: name)
        } else {
            append(escaping: name)
        }
    }

    /// Appends the text of a field or of an ID. It is in quotes if it is empty or has a separator of the line.
    fileprivate mutating func append(value text: String) {
        if Self.hasSeparator(text) {
            append(quoting: text)
        } else {
            append(escaping: text)
        }
    }

    private static func hasSeparator(_ text: String) -> Bool {
        text.isEmpty || text.unicodeScalars.contains { $0 == "=" || $0 == "\"" || isBlank($0) }
    }

    /// Whether a reader takes the scalar for the end of a field. Blanks of ASCII other than U+0020 are escaped. U+2800
    /// is a Braille pattern without a dot.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar.value >= 0x80 && scalar.properties.isWhitespace || scalar == "\u{2800}"
    }
}
