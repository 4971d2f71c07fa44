internal import ContextLog
internal import ContextPropagation

/// Writes an event as a coloured line for people: the time of day, the level, the label, the message, the fields and
/// the IDs.
///
///     07:50:00.123456 INFO     pipeline.inference  frame processed  frame=17 camera=north-gate  task_id=inference-3
struct ConsoleLineFormat: LineFormat {
    private let usesColor: Bool
    private let redactor: FieldRedactor?

    init(usesColor: Bool, redactor: FieldRedactor?) {
        self.usesColor = usesColor
        self.redactor = redactor
    }

    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        var line = ByteWriter(capacity: 512)

        let style = TextStyle(usesColor: usesColor)
        style.dim(&line) { line in
            let place = line.place(32)
            CalendarSecond(event.seconds).write(microseconds: event.nanoseconds / 1000, to: place)
            // Only the time of day: a reader at a terminal knows the date.
            place.update(from: place + 11, count: 15)
            line.count += 15
        }
        line.append(" ")
        let level = event.level.description
        style.paint(Self.color(of: event.level), &line) { $0.append(utf8: level) }
        for _ in level.utf8.count..<9 { line.append(UInt8(ascii: " ")) }
        ReadableText(style: style, redactor: redactor).append(event, to: &line)
        line.append("\n")
        return event.place(line)
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
}
