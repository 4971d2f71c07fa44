internal import CMALoggerShims
internal import ContextLog
internal import ContextPropagation

/// Writes an event as a JSON object. It uses OpenTelemetry's name for each key that has one.
///
/// It cannot be copied, so that no line counts references to its parts.
struct JSONLineFormat: LineFormat, ~Copyable {
    /// Writes the members that a label or a context has on all of its lines.
    private let schema: OpenTelemetrySchema
    private let levels = LevelTexts()
    /// Identifies the renderings of this format.
    private let key = RenderingKey()
    /// Whether a line has the ID of the parent span.
    private let writesParent: Bool

    init(serviceName: String, writesParent: Bool = false) {
        schema = OpenTelemetrySchema(serviceName: serviceName)
        self.writesParent = writesParent
    }

    @inline(__always)
    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        let record = event.record
        guard _fastPath(record.pointee.error == nil) else { return writeException(event) }
        let buffer = record.pointee.buffer
        let start = writeMembers(event)
        return Self.end(start, buffer)
    }

    @inline(never)
    private func writeException(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8> {
        let buffer = event.record.pointee.buffer
        let exception = event.error.map { LogException($0) }
        let start = writeMembers(event)
        if let exception { exception.append(to: &buffer.pointee.bytes) }
        return Self.end(start, buffer)
    }

    @inline(__always)
    private static func end(
        _ start: Int,
        _ buffer: UnsafeMutablePointer<LineBuffer>
    ) -> UnsafeBufferPointer<UInt8> {
        let place = buffer.pointee.bytes.place(2)
        UnsafeMutableRawPointer(place).storeBytes(of: 0x0A7D, as: UInt16.self)
        buffer.pointee.bytes.end = place + 2
        let first = buffer.pointee.bytes.base + start
        return UnsafeBufferPointer(start: first, count: place + 2 - first)
    }

    /// Writes the line up to its attributes, and returns the offset of its first byte.
    @inline(__always)
    private func writeMembers(_ event: borrowing Log.Event) -> Int {
        let record = event.record
        let buffer = record.pointee.buffer
        let label = labelText(record.pointee.label.unsafelyUnwrapped, buffer)
        let context = record.pointee.contextStorage.unsafelyUnwrapped
        let identifiers = context._withUnsafeGuaranteedRef { identifierText($0, buffer) }
        let second = Int(record.pointee.time.seconds)
        if _slowPath(buffer.pointee.notes.second != second || buffer.pointee.notes.key != key.number) {
            renderSecond(second, buffer)
        }

        let level = levels.base + Int(record.pointee.level.rawValue)
        let message = record.pointee.message
        var count = Self.timeCount &+ level.pointee.count &+ message.count &+ label.count &+ identifiers.count
        count &+= record.pointee.line.count
        let hasScopes =
            record.pointee.logFields != nil || context._withUnsafeGuaranteedRef { $0.fields != nil }
        guard _fastPath(!hasScopes && count <= EventRecord.gap &- 64 && record.pointee.line.isShort) else {
            return writeScopes(event, level, label, identifiers, count)
        }
        let hasFields = record.pointee.fieldsEnd > record.pointee.fieldsStart
        if hasFields { count &+= Self.attributesKey.utf8CodeUnitCount }

        // The beginning of the line ends where the fields begin.
        let start = record.pointee.fieldsStart &- count
        var place = buffer.pointee.bytes.base + start
        place = writeHead(record, level, to: place)
        if let text = message.baseAddress, _slowPath(malogc_copy_plain_string(place, text, message.count) == 0) {
            return append(event, level, label, identifiers)
        }
        place = Self.copy(label, to: place + message.count)
        place = Self.copy(identifiers, to: record.pointee.line.write(to: place))
        if hasFields {
            place.update(from: Self.attributesKey.utf8Start, count: Self.attributesKey.utf8CodeUnitCount)
            // The brace replaces the comma in front of the first member.
            place[Self.attributesKey.utf8CodeUnitCount] = UInt8(ascii: "{")
            buffer.pointee.bytes.append(UInt8(ascii: "}"))
        }
        return start
    }

    /// Writes up to the attributes of a line that has fields of its context or of its log, or that is long. Returns the
    /// offset of its first byte.
    ///
    /// - Parameter least: The number of bytes up to the attributes.
    @inline(never)
    private func writeScopes(
        _ event: borrowing Log.Event,
        _ level: UnsafePointer<LevelTexts.Text>,
        _ label: UnsafeBufferPointer<UInt8>,
        _ identifiers: UnsafeBufferPointer<UInt8>,
        _ least: Int
    ) -> Int {
        let record = event.record
        let buffer = record.pointee.buffer
        guard event.hasScopes, record.pointee.line.isShort, let scopes = event.separateScopes,
            least &+ scopes.count <= EventRecord.gap &- 64
        else { return append(event, level, label, identifiers) }
        let count = least &+ Self.attributesKey.utf8CodeUnitCount &+ scopes.count
        let start = record.pointee.fieldsStart &- count
        var place = buffer.pointee.bytes.base + start
        place = writeHead(record, level, to: place)
        let message = record.pointee.message
        if let text = message.baseAddress, _slowPath(malogc_copy_plain_string(place, text, message.count) == 0) {
            return append(event, level, label, identifiers)
        }
        place = Self.copy(label, to: place + message.count)
        place = Self.copy(identifiers, to: record.pointee.line.write(to: place))
        place.update(from: Self.attributesKey.utf8Start, count: Self.attributesKey.utf8CodeUnitCount)
        place += Self.attributesKey.utf8CodeUnitCount
        _ = scopes.write(to: place)
        place.pointee = UInt8(ascii: "{")
        buffer.pointee.bytes.append(UInt8(ascii: "}"))
        return start
    }

    /// Writes a line of any length, or with escapes in its message, behind the event. Returns the offset of its first
    /// byte.
    @inline(never)
    private func append(
        _ event: borrowing Log.Event,
        _ level: UnsafePointer<LevelTexts.Text>,
        _ label: UnsafeBufferPointer<UInt8>,
        _ identifiers: UnsafeBufferPointer<UInt8>
    ) -> Int {
        let record = event.record
        let buffer = record.pointee.buffer
        let start = buffer.pointee.bytes.count
        buffer.pointee.bytes.end = writeHead(record, level, to: buffer.pointee.bytes.place(96))
        if let message = record.pointee.message.baseAddress {
            buffer.pointee.bytes.append(escaping: message, record.pointee.message.count)
        }
        buffer.pointee.bytes.append(label)
        buffer.pointee.bytes.append(decimal: record.pointee.line.value)
        buffer.pointee.bytes.append(identifiers)
        event.appendFields(prefix: Self.attributesKey)
        return start
    }

    func restore(_ event: borrowing Log.Event) {
        let record = event.record
        let buffer = record.pointee.buffer
        if record.pointee.fieldsEnd > record.pointee.fieldsStart {
            buffer.pointee.bytes.base[record.pointee.fieldsStart] = UInt8(ascii: ",")
        }
        buffer.pointee.bytes.count = record.pointee.fieldsEnd
    }

    /// Writes everything up to the opening quote of the message, and up to 40 bytes after it.
    @inline(__always)
    private func writeHead(
        _ record: UnsafeMutablePointer<EventRecord>,
        _ level: UnsafePointer<LevelTexts.Text>,
        to place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let target = UnsafeMutableRawPointer(place)
        target.storeBytes(of: record.pointee.buffer.pointee.notes.words, as: LevelTexts.Words.self)
        let micros = UInt32(truncatingIfNeeded: record.pointee.time.nanoseconds) / 1000
        target.storeBytes(of: ByteWriter.six(micros), toByteOffset: Self.secondCount, as: UInt64.self)
        target.storeBytes(of: level.pointee.words, toByteOffset: Self.timeCount, as: LevelTexts.Words.self)
        return place + (Self.timeCount &+ level.pointee.count)
    }

    @inline(__always)
    private static func copy(
        _ bytes: UnsafeBufferPointer<UInt8>,
        to place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        place.initialize(from: bytes.baseAddress.unsafelyUnwrapped, count: bytes.count)
        return place + bytes.count
    }

    private static var attributesKey: StaticString { ",\"attributes\":" }

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
            schema.append(label: record.pointee.name, to: &bytes)
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
            var parts = context.parts
            if !writesParent { parts.parentSpanID = nil }
            schema.append(parts, to: &bytes)
        }
    }
}

extension LineBuffer {
    /// Adds the bytes that `render` writes to a slot. The line must not have begun yet: they are written where it will
    /// be.
    mutating func render(
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
