#if DistributedTracing
internal import ContextLog
internal import ContextPropagation
internal import Synchronization
internal import Tracing
internal import TracingPropagation

/// The spans of messages that the tracer of the process records.
///
/// A span of kind `producer` begins with `send` or `enqueue`, and ends with the message's report. Until then, it is
/// found by the object of the message's context, which travels through librdkafka with the message.
enum TracerSpans {
    private struct OpenSpan: Sendable {
        let span: any Tracing.Span
        /// Keeps the object, so that no other context gets its address.
        let context: LogContext
    }

    private static let open = Mutex<[ObjectIdentifier: OpenSpan]>([:])
    private static let hasOpened = Atomic<Bool>(false)

    /// Whether the process has a tracer.
    static var isActive: Bool { ServiceContext.processTracer != nil }

    /// Whether the message with this context has a span of the tracer that has not ended.
    static func isOpen(for context: LogContext) -> Bool {
        hasOpened.load(ordering: .relaxed) && open.withLock { $0[ObjectIdentifier(context.storage)] != nil }
    }

    // MARK: Sending

    /// Begins the span of a message. Returns the message with the span's context, and with the headers of the tracer
    /// that no codec writes. Without a tracer, it returns the message with the context of `ServiceContext.current`.
    static func begin(_ message: KafkaMessage, _ codecs: HeaderCodecs) -> KafkaMessage {
        var message = message
        guard let tracer = ServiceContext.processTracer else {
            if message.context == nil, let current = ServiceContext.current {
                message.context = .following(current)
            }
            return message
        }
        // A span needs a trace of 32 digits. Without one, the message is sent as it is.
        if let context = message.context, context.traceID == nil { return message }
        let parent =
            message.context.map { (ServiceContext.current ?? .topLevel).continuing($0) } ?? ServiceContext.ofNewSpan()
        let attributes = MessagingAttributes(
            operation: .send,
            topic: message.topic,
            partition: message.partition,
            isTombstone: message.value == nil
        )
        let span = tracer.startSpan(
            attributes.spanName,
            context: parent,
            ofKind: .producer,
            at: DefaultTracerClock.now,
            function: #function,
            file: #fileID,
            line: #line
        )
        attributes.add(to: span)
        let headers = span.context.tracerHeaders
        let inner = message.context ?? parent.innermostLogContext
        // Each message gets a context of its own, by which its span is found.
        let context =
            (inner.following(tracerHeaders: headers, in: parent)
            ?? inner.child().sampled(as: span)).changed { _ in }
        message.context = context
        if codecs.changesHeaders(for: context) {
            for header in headers where !codecs.replaces(header.name.utf8.span) {
                message.headers.removeAll { $0.key == header.name }
                message.headers.append(KafkaHeader(key: header.name, value: header.value))
            }
        }
        open.withLock { $0[ObjectIdentifier(context.storage)] = OpenSpan(span: span, context: context) }
        hasOpened.store(true, ordering: .relaxed)
        return message
    }

    /// Ends the span of a message. Returns false if it has none.
    @discardableResult
    static func end(_ context: LogContext, _ attributes: MessagingAttributes, _ error: (any Error)?) -> Bool {
        guard hasOpened.load(ordering: .relaxed),
            let span = open.withLock({ $0.removeValue(forKey: ObjectIdentifier(context.storage))?.span })
        else { return false }
        finish(span, attributes, error)
        return true
    }

    // MARK: Handling

    /// Runs the handler of a record, or of a batch, in a span of kind `consumer`, with both contexts bound.
    static func process<Result>(
        _ records: [KafkaRecord],
        _ attributes: MessagingAttributes,
        in context: LogContext,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        // The tracer may have headers of its own.
        let received = records.count == 1 ? records[0].headers : []
        let parent = ServiceContext.topLevel.continuing(
            context,
            received: received.map { HeaderField(name: $0.key, value: $0.value) }
        )
        let span = InstrumentationSystem.tracer.startSpan(
            attributes.spanName,
            context: parent,
            ofKind: .consumer,
            at: DefaultTracerClock.now,
            function: #function,
            file: #fileID,
            line: #line
        )
        attributes.add(to: span)
        for sender in MessagingSpan.senders(of: records) {
            let context = LogContext(traceID: sender.traceID, spanID: sender.spanID, traceFlags: sender.traceFlags)
            span.addLink(SpanLink(context: ServiceContext.topLevel.continuing(context), attributes: [:]))
        }
        let headers = span.context.tracerHeaders
        let inner =
            context.following(tracerHeaders: headers, in: parent) ?? context.sampled(as: span)
        do {
            let result = try await LogContext.$current.withValue(inner) {
                try await ServiceContext.$current.withValue(span.context.carryingCurrent) { try await handler() }
            }
            finish(span, attributes, nil)
            return result
        } catch {
            finish(span, attributes, error)
            throw error
        }
    }

    private static func finish(_ span: any Tracing.Span, _ attributes: MessagingAttributes, _ error: (any Error)?) {
        var attributes = attributes
        if let error {
            attributes.errorType = (error as? KafkaError)?.code.description ?? errorTypeName(type(of: error))
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error))
        }
        attributes.add(to: span)
        span.end()
    }
}

extension MessagingAttributes {
    fileprivate func add(to span: any Tracing.Span) {
        span.updateAttributes { attributes in
            for (name, text) in texts { attributes[name] = text }
            for (name, number) in numbers { attributes[name] = number }
            for (name, flag) in flags { attributes[name] = flag }
        }
    }
}
#endif
