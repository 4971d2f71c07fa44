/// A log line for people.
///
///     07:50:00.123456 INFO     pipeline.inference  frame processed  frame=17 camera=north-gate  trace_id=0af76519…
struct ReadableLine {
    let style: TextStyle

    /// The line with a line feed.
    func text(_ reader: borrowing LineReader) -> String {
        guard let schema = reader.schema, schema != .spans else { return "" }
        let level = reader.level
        var text = time(reader.bytes(schema.timeKey)) + " " + self.level(level, reader.text(schema.levelKey))
        if let logger = reader.text(schema.loggerKey) { text += style.paint("36", PlainText.visible(logger)) + "  " }
        let message = PlainText.visible(reader.text(.message) ?? "")
        text += level.map { $0 >= .error ? style.paint("1", message) : message } ?? message
        text += fields(reader.bytes(.attributes)) + error(reader, schema) + identifiers(LineIDs(reader))
        return text + "\n"
    }

    private func time(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard let time = Timestamp(bytes) else {
            return PlainText.padded(PlainText.visible(String(decoding: bytes, as: UTF8.self)), to: 15)
        }
        return style.dim(time.timeOfDay)
    }

    private func level(_ level: LineLevel?, _ text: String?) -> String {
        guard let level else { return PlainText.padded(PlainText.visible(text ?? "?"), to: 9) }
        let name = "\(level.name)"
        return style.paint("\(level.color)", name) + String(repeating: " ", count: 9 - name.count)
    }

    private func fields(_ object: UnsafeBufferPointer<UInt8>) -> String {
        var text = ""
        JSONText.forEachMember(object) { name, value in
            let name = PlainText.visible(JSONText.string(name, hasEscapes: name.contains(JSONScanner.backslash)))
            text += (text.isEmpty ? "  " : " ") + style.dim(name + "=") + Self.shown(value)
        }
        return text
    }

    private static func shown(_ value: JSONValue) -> String {
        let text = PlainText.visible(value.text)
        guard value.type == .string else { return text }
        return text.isEmpty || text.contains(" ") || text.contains("\"") ? "\"\(text)\"" : text
    }

    private func error(_ reader: borrowing LineReader, _ schema: LineSchema) -> String {
        let keys = schema.errorKeys
        guard let type = reader.text(keys.type) else { return "" }
        let message = reader.text(keys.message) ?? ""
        return "  " + style.red(PlainText.visible("\(type): \(message)"))
    }

    private func identifiers(_ ids: LineIDs) -> String {
        var texts: [String] = []
        // Eight digits tell traces apart, and `--trace` accepts them.
        if let trace = ids.traceText { texts.append("trace=" + (trace.count == 32 ? String(trace.prefix(8)) : trace)) }
        if let execution = ids.executionText { texts.append("execution=" + execution) }
        if let task = ids.taskText { texts.append("task=" + task) }
        return texts.isEmpty ? "" : "  " + style.dim(PlainText.visible(texts.joined(separator: " ")))
    }
}
