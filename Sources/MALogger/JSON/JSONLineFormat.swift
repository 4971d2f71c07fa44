internal import ContextLog
internal import ContextPropagation

/// One event as a JSON object with OpenTelemetry's names.
struct JSONLineFormat: LineFormat {
    private let serviceName: String
    /// Under which this format keeps its renderings of labels.
    private let owner = RenderingKey.next()

    init(serviceName: String) {
        self.serviceName = serviceName
    }

    @inline(__always)
    func append(_ event: borrowing Log.Event) {
        let thread = event.thread
        let label = event.record.pointee.rendering(owner: owner) { name, bytes in
            bytes.append("\",\"service.name\":")
            bytes.append(quoting: serviceName)
            bytes.append(",\"log.logger\":")
            bytes.append(quoting: name)
            bytes.append(",\"log.origin.file.line\":")
        }
        let context = event.contextStorage._withUnsafeGuaranteedRef { $0.fragment }
        let exception = _slowPath(event.errorPointer != nil) ? event.error.map { LogException($0) } : nil

        Self.appendHead(event, thread)
        thread.pointee.bytes.append(escaping: event.messageUTF8)
        let contextCount = context.pointee.bytes.count
        _ = thread.pointee.bytes.place(label.pointee.count &+ contextCount &+ 64)
        thread.pointee.bytes.append(label.pointee.bytes, label.pointee.count)
        thread.pointee.bytes.append(decimal: event.line)
        thread.pointee.bytes.append(context.pointee.bytes.base, contextCount)

        if event.hasFields {
            let start = thread.pointee.bytes.count
            thread.pointee.bytes.append(",\"attributes\":")
            let object = thread.pointee.bytes.count
            event.appendFields()
            if thread.pointee.bytes.count == object { thread.pointee.bytes.count = start }
        }
        if let exception { exception.append(to: &thread.pointee.bytes) }
        thread.pointee.bytes.append("}\n")
    }

    /// Up to the opening quote of the message.
    @inline(__always)
    private static func appendHead(_ event: borrowing Log.Event, _ thread: UnsafeMutablePointer<ThreadState>) {
        if _slowPath(thread.pointee.clockSecond != event.seconds) { renderClock(event.seconds, thread) }
        let place = thread.pointee.bytes.place(96 &+ event.messageUTF8.count)
        UnsafeMutableRawPointer(place).storeBytes(
            of: thread.pointee.clockPrefix,
            as: (UInt64, UInt64, UInt64, UInt64, UInt64).self
        )
        ByteWriter.six(event.nanoseconds / 1000, at: place + clockCount)
        thread.pointee.bytes.count &+= clockCount &+ 6
        switch event.level {
        case .info: thread.pointee.bytes.append("Z\",\"level\":\"INFO\",\"message\":\"")
        case .trace: thread.pointee.bytes.append("Z\",\"level\":\"TRACE\",\"message\":\"")
        case .debug: thread.pointee.bytes.append("Z\",\"level\":\"DEBUG\",\"message\":\"")
        case .notice: thread.pointee.bytes.append("Z\",\"level\":\"NOTICE\",\"message\":\"")
        case .warning: thread.pointee.bytes.append("Z\",\"level\":\"WARNING\",\"message\":\"")
        case .error: thread.pointee.bytes.append("Z\",\"level\":\"ERROR\",\"message\":\"")
        case .critical: thread.pointee.bytes.append("Z\",\"level\":\"CRITICAL\",\"message\":\"")
        }
    }

    /// `{"timestamp":"2026-11-22T07:50:00.`
    private static var clockCount: Int { 34 }

    /// The clock up to the second, kept by the thread as five words that are copied at once.
    @inline(never)
    private static func renderClock(_ seconds: Int, _ thread: UnsafeMutablePointer<ThreadState>) {
        withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { buffer in
            guard let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            base.initialize(repeating: 0, count: 40)
            let opening: StaticString = "{\"timestamp\":\""
            base.update(from: opening.utf8Start, count: 14)
            CalendarSecond(seconds).write(to: base + 14)
            base[33] = UInt8(ascii: ".")
            thread.pointee.clockPrefix = UnsafeRawPointer(base).load(as: (UInt64, UInt64, UInt64, UInt64, UInt64).self)
        }
        thread.pointee.clockSecond = seconds
    }
}
