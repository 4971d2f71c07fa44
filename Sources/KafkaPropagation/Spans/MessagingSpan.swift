internal import ContextLog
internal import ContextPropagation

/// The spans of messages: those of the process's tracer, under the trait `DistributedTracing`, or those that the
/// process exports as lines.
enum MessagingSpan {
    // MARK: Sending

    /// The context that a message carries: if its span is exported, sending is a unit of work of its own.
    @inline(__always)
    static func sendingContext(_ context: LogContext) -> LogContext {
        isExported(context) && !hasTracerSpan(context) ? context.child() : context
    }

    /// Whether a message with this context has a span.
    @inline(__always)
    static func isTraced(_ context: @autoclosure () -> LogContext) -> Bool {
        isExported(context()) || hasTracerSpan(context())
    }

    @inline(__always)
    private static func isExported(_ context: @autoclosure () -> LogContext) -> Bool {
        SpanExport.hasExporter && SpanExport.includes(context())
    }

    @inline(__always)
    private static func hasTracerSpan(_ context: @autoclosure () -> LogContext) -> Bool {
        #if DistributedTracing
        TracerSpans.isOpen(for: context())
        #else
        false
        #endif
    }

    /// Ends the span of a message that was not accepted, or that nobody awaits any more.
    @inline(__always)
    static func abandon(_ context: LogContext, topic: String, error: any Error) {
        #if DistributedTracing
        TracerSpans.end(context, MessagingAttributes(operation: .send, topic: topic), error)
        #endif
    }

    /// Exports the span of a message that was acknowledged or has failed.
    ///
    /// - Parameters:
    ///   - context: The context of ``sendingContext(_:)``.
    ///   - start: When the message was passed to the producer, as ``ContextPropagation/MonotonicTime`` told it.
    static func sent(
        in context: LogContext,
        since start: UInt64,
        topic: String,
        partition: KafkaPartition?,
        offset: KafkaOffset?,
        isTombstone: Bool,
        error: KafkaError?
    ) {
        let attributes = MessagingAttributes(
            operation: .send,
            topic: topic,
            partition: partition,
            offset: offset,
            isTombstone: isTombstone,
            errorType: error?.code.description
        )
        #if DistributedTracing
        if TracerSpans.end(context, attributes, error) { return }
        #endif
        SpanExport.export(
            FinishedSpan(
                attributes.spanName,
                .producer,
                scope: ClientLog.producer.label,
                in: context,
                below: context.tracedAncestor,
                since: start,
                attributes: attributes.rendered,
                error: error
            )
        )
    }

    // MARK: Handling

    /// Whether the handler of records in this context has a span.
    @inline(__always)
    static func isProcessTraced(_ context: LogContext) -> Bool {
        #if DistributedTracing
        if TracerSpans.isActive { return true }
        #endif
        return isExported(context)
    }

    /// Runs the handler of a record, or of a batch, in `context` with a new span, and exports that span. A record that
    /// is tried again has a span for each attempt.
    static func process<Result>(
        _ records: [KafkaRecord],
        in context: LogContext,
        groupID: String?,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        guard var attributes = MessagingAttributes(processing: records, groupID: groupID) else {
            return try await handler()
        }
        #if DistributedTracing
        if TracerSpans.isActive {
            return try await TracerSpans.process(records, attributes, in: context, handler)
        }
        #endif
        let start = MonotonicTime.now
        let context = context.changed { $0.spanID = .random() }
        let (result, error): (Result?, (any Error)?) = await LogContext.$current.withValue(context.traced) {
            do {
                return (try await handler(), nil)
            } catch {
                return (nil, error)
            }
        }
        if let error { attributes.errorType = errorTypeName(type(of: error)) }
        SpanExport.export(
            FinishedSpan(
                attributes.spanName,
                .consumer,
                scope: ClientLog.consumer.label,
                in: context,
                below: context.tracedAncestor,
                since: start,
                attributes: attributes.rendered,
                error: error,
                links: senders(of: records)
            )
        )
        if let result { return result }
        throw error ?? CancellationError()
    }

    /// The spans that sent the records of a batch.
    static func senders(of records: [KafkaRecord]) -> [TraceParent] {
        guard records.count > 1 else { return [] }
        return records.prefix(ParallelBatch.maximumLinks).compactMap { record in
            let context = record.context
            guard let traceID = context.traceID, let parent = context.parentSpanID else { return nil }
            return TraceParent(traceID: traceID, spanID: parent, traceFlags: context.traceFlags)
        }
    }
}

extension MessagingAttributes {
    fileprivate var rendered: RenderedFields? {
        LogFields.render { fields in
            for (name, text) in texts { fields[name] = text }
            for (name, number) in numbers { fields[name] = number }
            for (name, flag) in flags { fields[name] = flag }
        }
    }
}
