internal import ContextLog
internal import ContextPropagation

/// Writes an event as a JSON object. It uses OpenTelemetry's name for each key that has one.
///
/// It cannot be copied, so that no line counts references to its parts.
struct JSONLineFormat: LineFormat, ~Copyable {
    private let serviceName: String
    private let levels = LevelTexts()
    /// Identifies the renderings of this format.
    private let key = RenderingKey()

    init(serviceName: String) {
        self.serviceName = serviceName
    }

    @inline(__always)
    func append(_ event: borrowing Log.Event) {
        let buffer = event.buffer
        let label = labelText(event.record, buffer)
        let identifiers = event.contextStorage._withUnsafeGuaranteedRef { identifierText($0, buffer) }
        let exception = _slowPath(event.errorPointer != nil) ? event.error.map { LogException($0) } : nil

        appendHead(event, buffer)
        buffer.pointee.bytes.append(escaping: event.messageUTF8)
        _ = buffer.pointee.bytes.place(label.count &+ identifiers.count &+ 64)
        buffer.pointee.bytes.append(label)
        buffer.pointee.bytes.append(decimal: event.line)
        buffer.pointee.bytes.append(identifiers)

        if Self.mayHaveFields(event) { event.appendFields(prefix: ",\"attributes\":") }
        if let exception { exception.append(to: &buffer.pointee.bytes) }
        buffer.pointee.bytes.append("}\n")
    }

    /// Appends everything up to the opening quote of the message.
    @inline(__always)
    private func appendHead(_ event: borrowing Log.Event, _ buffer: UnsafeMutablePointer<LineBuffer>) {
        if _slowPath(buffer.pointee.notes.second != event.seconds || buffer.pointee.notes.key != key.number) {
            renderSecond(event.seconds, buffer)
        }
        let place = buffer.pointee.bytes.place(96 &+ event.messageUTF8.count)
        UnsafeMutableRawPointer(place).storeBytes(of: buffer.pointee.notes.words, as: LevelTexts.Words.self)
        ByteWriter.six(event.nanoseconds / 1000, at: place + Self.secondCount)
        let level = levels.base + Int(event.level.rawValue)
        UnsafeMutableRawPointer(place + Self.timeCount).storeBytes(of: level.pointee.words, as: LevelTexts.Words.self)
        buffer.pointee.bytes.count &+= Self.timeCount &+ level.pointee.count
    }

    /// Saves most lines without fields a call.
    @inline(__always)
    private static func mayHaveFields(_ event: borrowing Log.Event) -> Bool {
        event.fieldsEnd > event.fieldsStart || event.logFields != nil
            || event.contextStorage._withUnsafeGuaranteedRef { $0.parts.fields != nil }
    }

    /// The bytes of `{"timestamp":"2026-11-22T07:50:00.`, and of that and six digits.
    private static var secondCount: Int { 34 }
    private static var timeCount: Int { 40 }
}

extension JSONLineFormat {
    /// Stores the text of the current second as words of the thread. Each line copies them as a whole.
    @inline(never)
    private func renderSecond(_ seconds: Int, _ buffer: UnsafeMutablePointer<LineBuffer>) {
        var text = ByteWriter(capacity: 64)
        text.append("{")
        text.append(quoting: LineKey.timestamp.rawValue)
        text.append(":\"")
        CalendarSecond(seconds).write(to: text.place(20))
        text.count += 19
        text.append(".")
        precondition(text.count == Self.secondCount)
        buffer.pointee.notes.words = text.words()
        buffer.pointee.notes.second = seconds
        buffer.pointee.notes.key = key.number
    }

    /// The closing quote of the message, the service, the label, and the key of the line number.
    @inline(__always)
    private func labelText(
        _ record: UnsafePointer<LogLabel>,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        if let label = record.pointee.renderings.rendering(for: key) { return label }
        return renderLabel(record, buffer)
    }

    @inline(never)
    private func renderLabel(
        _ record: UnsafePointer<LogLabel>,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        buffer.pointee.render(in: record.pointee.renderings, for: key) { bytes in
            bytes.append("\"")
            bytes.append(key: .serviceName)
            bytes.append(quoting: serviceName)
            bytes.append(key: .logger)
            bytes.append(quoting: record.pointee.name)
            bytes.append(key: .line)
        }
    }

    /// The IDs of the context and their keys.
    @inline(__always)
    private func identifierText(
        _ context: LogContext.Storage,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        if let identifiers = context.renderings.rendering(for: key) { return identifiers }
        return renderIdentifiers(context, buffer)
    }

    @inline(never)
    private func renderIdentifiers(
        _ context: LogContext.Storage,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        buffer.pointee.render(in: context.renderings, for: key) { bytes in
            let parts = context.parts
            bytes.append(key: .traceID)
            if let traceID = parts.traceID {
                bytes.append(quotedHex: traceID.high, traceID.low)
            } else {
                bytes.append(quoting: parts.correlationID ?? "N/A")
            }
            bytes.append(key: .executionID)
            bytes.append(quoting: parts.executionID ?? "N/A")
            bytes.append(key: .taskID)
            bytes.append(quoting: parts.taskID ?? "N/A")
            if let spanID = parts.spanID {
                bytes.append(key: .spanID)
                bytes.append(quotedHex: spanID.bits)
                bytes.append(key: .traceFlags)
                bytes.append("\"")
                bytes.append(Hex.digit(UInt64(parts.traceFlags.rawValue >> 4)))
                bytes.append(Hex.digit(UInt64(parts.traceFlags.rawValue)))
                bytes.append("\"")
            }
        }
    }
}

extension LineBuffer {
    /// Adds the bytes that `render` writes to a slot. The line must not have begun yet: they are written where it will
    /// be.
    fileprivate mutating func render(
        in slot: borrowing RenderingSlot,
        for key: RenderingKey,
        _ render: (inout ByteWriter) -> Void
    ) -> UnsafeBufferPointer<UInt8> {
        let start = bytes.count
        render(&bytes)
        let rendered = slot.add(UnsafeBufferPointer(start: bytes.base + start, count: bytes.count - start), for: key)
        bytes.count = start
        return rendered
    }
}

extension ByteWriter {
    /// Appends a key of the line behind a member: `,"log.logger":`.
    mutating func append(key: LineKey) {
        append(",")
        append(quoting: key.rawValue)
        append(":")
    }

    fileprivate mutating func append(quotedHex words: UInt64...) {
        append("\"")
        for word in words {
            Hex.write(word, to: place(16))
            count += 16
        }
        append("\"")
    }

    /// The first 40 bytes. Those after the end of the text are 0.
    fileprivate func words() -> LevelTexts.Words {
        var words: LevelTexts.Words = (0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { target in
            target.copyBytes(from: UnsafeRawBufferPointer(start: base, count: min(count, target.count)))
        }
        return words
    }
}

/// The text of each level between the time and the message: `Z","level":"INFO","message":"`.
private struct LevelTexts: ~Copyable, Sendable {
    typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64)

    struct Text {
        let words: Words
        let count: Int
    }

    // Never changed, and freed with this value.
    nonisolated(unsafe) let base: UnsafePointer<Text>

    init() {
        let texts = UnsafeMutablePointer<Text>.allocate(capacity: LogLevel.allCases.count)
        for level in LogLevel.allCases {
            var text = ByteWriter(capacity: 64)
            text.append("Z\"")
            text.append(key: .level)
            text.append(quoting: level.description)
            text.append(key: .message)
            text.append("\"")
            precondition(text.count <= MemoryLayout<Words>.size)
            (texts + Int(level.rawValue)).initialize(to: Text(words: text.words(), count: text.count))
        }
        base = UnsafePointer(texts)
    }

    deinit { base.deallocate() }
}
