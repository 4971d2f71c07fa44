internal import ContextLog

/// Writes an event as a line that Kestra shows with its level: a message that people can read, with the IDs.
///
///     ::{"logs":[{"level":"INFO","message":"pipeline.inference  frame processed  frame=17  execution_id=4LRT2TBc"}]}::
///
/// Kestra has five levels. The message begins with NOTICE or CRITICAL where Kestra's level says less.
struct KestraLineFormat: LineFormat {
    let redactor: FieldRedactor?

    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        var message = ByteWriter(capacity: 512)
        if event.level == .notice || event.level == .critical {
            message.append(utf8: event.level.description)
            message.append(" ")
        }
        ReadableText(style: TextStyle(usesColor: false), redactor: redactor).append(event, to: &message)

        var json = ByteWriter(capacity: 512)
        json.append("{\"logs\":[{\"level\":\"")
        json.append(Self.level(event.level))
        json.append("\",\"message\":\"")
        json.append(escaping: message.base, message.count)
        json.append("\"}]}")
        var line = ByteWriter(capacity: json.count + 16)
        line.append(kestraLine: json)
        return event.place(line)
    }

    /// Kestra's name for a level.
    static func level(_ level: LogLevel) -> StaticString {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }
}

extension ByteWriter {
    /// Appends a JSON object as a line that Kestra reads: `::{…}::`.
    ///
    /// Two colons in the object would end it for Kestra. They can only be in a text, so the second one is escaped.
    mutating func append(kestraLine json: borrowing ByteWriter) {
        let colon = UInt8(ascii: ":")
        append("::")
        var begin = 0
        for index in 1..<max(json.count, 1) where json.base[index] == colon && json.base[index - 1] == colon {
            append(json.base + begin, index - begin)
            append("\\u003a")
            begin = index + 1
        }
        append(json.base + begin, json.count - begin)
        append("::\n")
    }
}
