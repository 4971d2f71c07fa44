internal import ContextLog
internal import ContextPropagation

/// One event as a coloured line for people: the time of day, the level, the label, the text, then fields and identifiers.
///
///     07:50:00.123456 INFO     pipeline.inference  frame processed  frame=17 camera=north-gate  trace_id=0af7… task_id=inference-3
///
/// What comes from outside is escaped as in JSON: no message can move the cursor or begin a line of its own.
struct ConsoleLineFormat: LineFormat {
    private let usesColor: Bool

    init(usesColor: Bool) {
        self.usesColor = usesColor
    }

    func append(_ event: borrowing Log.Event) {
        let context = event.context
        let exception = event.error.map { LogException($0) }
        var line = ByteWriter(capacity: 512)

        dim(&line) { line in
            let place = line.place(32)
            CalendarSecond(event.seconds).write(to: place)
            // The time of day alone: a reader at a terminal knows the date.
            place.update(from: place + 11, count: 8)
            place[8] = UInt8(ascii: ".")
            ByteWriter.six(event.nanoseconds / 1000, at: place + 9)
            line.count += 15
        }
        line.append(" ")
        let level = event.level.description
        paint(Self.color(of: event.level), &line) { $0.append(utf8: level) }
        for _ in level.utf8.count..<9 { line.append(UInt8(ascii: " ")) }
        line.append(escaping: event.label)
        line.append("  ")
        line.append(escaping: event.messageUTF8)

        var separator: StaticString = "  "
        event.forEachField { name, value in
            line.append(separator)
            separator = " "
            paint("36", &line) { $0.append(escaping: name) }
            line.append("=")
            value.append(textTo: &line)
        }
        if let exception {
            line.append("  ")
            paint("31", &line) { line in
                line.append(escaping: exception.type)
                line.append(": ")
                line.append(escaping: exception.message)
            }
        }
        separator = "  "
        let identifiers = [
            ("trace_id", context.traceID?.description ?? context.correlationID),
            ("execution_id", context.executionID), ("task_id", context.taskID),
            ("span_id", context.spanID?.description),
        ]
        for (name, identifier) in identifiers {
            guard let identifier else { continue }
            line.append(separator)
            separator = " "
            dim(&line) { line in
                line.append(utf8: name)
                line.append("=")
                line.append(escaping: identifier)
            }
        }
        line.append("\n")
        event.thread.pointee.bytes.append(line.base, line.count)
    }

    private static func color(of level: LogLevel) -> StaticString {
        switch level {
        case .trace, .debug: "90"
        case .info: "32"
        case .notice: "34"
        case .warning: "33"
        case .error: "31"
        case .critical: "1;31"
        }
    }

    private func dim(_ line: inout ByteWriter, _ text: (inout ByteWriter) -> Void) {
        paint("2", &line, text)
    }

    private func paint(_ color: StaticString, _ line: inout ByteWriter, _ text: (inout ByteWriter) -> Void) {
        guard usesColor else { return text(&line) }
        line.append("\u{1B}[")
        line.append(color)
        line.append("m")
        text(&line)
        line.append("\u{1B}[0m")
    }
}
